/** SMTP commands on standard input: a batch (BSMTP) that nobody answers, or a conversation (`sendmail -bs`). */
import { OperatingError } from '../../../base/errors.ts'
import type { LetterSubmitted } from '../../../node/operations/letter-types.ts'
import { Batch, type BatchEvent, type Wished } from '../../../services/intake/index.ts'
import type { CommandContext } from '../../command.ts'
import { withTransferFile } from '../../transfer.ts'
import { noticeWords } from './hand-over.ts'
import { chunksOf, LetterFile } from './letter-file.ts'
import { sysexitOf, sysexits } from './sysexits.ts'

/**
 * Takes every letter of the stream in its order. In a batch, the first letter that cannot be taken for a passing reason
 * ends it with 75, and the caller tries all of it again; those taken before are known by their Message-ID then.
 */
export async function takeSmtpInput(context: CommandContext, { answer }: { readonly answer: boolean }): Promise<void> {
  await withTransferFile(context.home, async path => {
    const input = new SmtpInput(context, { path, answer })
    try {
      await input.run()
    } finally {
      await input.close()
    }
  })
}

interface Underway {
  readonly file: LetterFile
  readonly sender: string
  readonly recipients: readonly string[]
  readonly wishes: Wished
}

class SmtpInput {
  readonly #context: CommandContext
  readonly #path: string
  readonly #answer: boolean
  readonly #batch = new Batch()
  #letter: Underway | undefined
  #taken = 0
  #quit = false

  constructor(context: CommandContext, { path, answer }: { readonly path: string; readonly answer: boolean }) {
    this.#context = context
    this.#path = path
    this.#answer = answer
  }

  async run(): Promise<void> {
    const { json, output, signal } = this.#context
    this.#say(220, 'Posthorn, for programs of this machine')
    for await (const chunk of chunksOf(process.stdin, signal)) {
      for (const event of this.#batch.take(chunk)) await this.#deal(event)
      if (this.#quit || this.#batch.isOver) break
    }
    if (this.#batch.isCut) {
      const message = 'The batch ends within a letter, which was not taken. Send it once more.'
      throw new OperatingError(message, { code: 'cut', retry: 'never' })
    }
    if (json) output.json({ letters: this.#taken })
    if (this.#batch.faults > 0 && !this.#answer) {
      output.remark(`posthorn: ${this.#batch.faults} commands of the batch could not be understood.`)
      process.exitCode = sysexits.dataError
    }
  }

  async close(): Promise<void> {
    await this.#letter?.file.close()
    this.#letter = undefined
    // A caller that goes on writing to a batch that is over would be stopped by a full pipe.
    process.stdin.destroy()
  }

  async #deal(event: BatchEvent): Promise<void> {
    switch (event.kind) {
      case 'reply':
        return this.#say(event.code, event.text, ...(event.offers ?? []))
      case 'recipient':
        return this.#recipient(event.address)
      case 'letter': {
        this.#say(354, 'Send the letter, and a line with a dot at its end')
        const file = await LetterFile.begin(this.#path, { dotEnds: false })
        const { sender, recipients, wishes } = event
        this.#letter = { file, sender, recipients, wishes }
        return
      }
      case 'bytes':
        return this.#letter?.file.add(event.bytes)
      case 'end':
        return this.#end()
      case 'quit':
        this.#quit = true
        return this.#say(221, 'Good bye')
    }
  }

  async #recipient(address: string): Promise<void> {
    if (!this.#answer) return
    const { refused } = await this.#context.ask('letter.judge', { address })
    if (refused === null) return this.#say(250, '2.1.5 OK')
    this.#batch.forget(address)
    this.#say(550, `${refused.status} ${refused.text}`)
  }

  async #end(): Promise<void> {
    const letter = this.#letter
    if (letter === undefined) return
    this.#letter = undefined
    await letter.file.end()
    try {
      const { sender, recipients, wishes } = letter
      const envelope = { sender, recipients, wishes, fullName: null, fromHeader: false, inBatch: !this.#answer }
      const submitted = await this.#context.ask('letter.submit', { path: this.#path, ...envelope })
      this.#submitted(submitted)
    } catch (error) {
      const later = sysexitOf(error) === sysexits.tempFail
      if (!this.#answer && later) throw error
      const message = error instanceof Error ? error.message : 'The node has a fault'
      if (!this.#answer) {
        this.#context.output.remark(`posthorn: A letter from <${letter.sender}> was not taken: ${message}`)
        process.exitCode = sysexitOf(error)
      }
      this.#say(later ? 451 : 554, `${later ? '4.3.0' : '5.6.0'} ${message}`)
    }
  }

  #submitted(submitted: LetterSubmitted): void {
    const { messageId, refused, report } = submitted
    if (messageId !== null) this.#taken += 1
    const [first] = refused
    if (!this.#answer && first !== undefined) {
      for (const { address, text } of refused) this.#context.output.remark(`posthorn: ${address}: ${text}`)
      this.#context.output.remark(`posthorn: The letter did not go there; ${noticeWords(submitted)}.`)
      // Whoever gave us the batch is the only one left who can tell anybody.
      if (report === 'nobody') process.exitCode = first.exitCode
    }
    if (messageId !== null) this.#say(250, `2.6.0 <${messageId}> is in the node's care`)
    else this.#say(554, `${first?.status ?? '5.5.1'} ${first?.text ?? 'No recipient can be reached'}`)
  }

  #say(code: number, ...lines: readonly string[]): void {
    if (!this.#answer) return
    for (const [at, line] of lines.entries()) {
      const dash = at < lines.length - 1 ? '-' : ' '
      process.stdout.write(`${code}${dash}${line.replace(/[^\x20-\x7e]/g, '?')}\r\n`)
    }
  }
}
