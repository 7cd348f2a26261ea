/** `posthorn sendmail`, `rmail` and `rsmtp`, as the programs call them that hand mail over. */
import { spawn, spawnSync } from 'node:child_process'
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { inboxLetters } from '../support/mail.ts'
import { type Access, type Finished, introduce, program, TestNode } from '../support/node.ts'

let camp: TestNode
let ridge: TestNode
let alice: Access
let bob: Access
let scratch: string

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'posthorn-sendmail-'))
  camp = await TestNode.make('camp')
  ridge = await TestNode.make('ridge')
  alice = await camp.addUser('alice')
  bob = await ridge.addUser('bob')
  await introduce(camp, ridge)
  await camp.start()
})

afterAll(async () => {
  await camp.remove()
  await ridge.remove()
  await rm(scratch, { recursive: true, force: true })
})

/** Runs a program with the home in its environment, as cron or another daemon would. */
function hand(command: readonly string[], input: string, cwd = scratch): Promise<Finished> {
  const [file = '', ...args] = command
  const env = { ...process.env, POSTHORN_HOME: camp.home, HOME: scratch }
  const child = spawn(file, args, { env, cwd, stdio: ['pipe', 'pipe', 'pipe'] })
  return new Promise((resolve, reject) => {
    let stdout = ''
    let stderr = ''
    child.stdout.on('data', chunk => {
      stdout += chunk
    })
    child.stderr.on('data', chunk => {
      stderr += chunk
    })
    child.once('error', reject)
    child.once('close', code => resolve({ code, stdout, stderr }))
    child.stdin.on('error', () => {})
    child.stdin.end(input)
  })
}

const posthorn = (...args: string[]) => [process.execPath, program, ...args]

async function letterWith(text: string): Promise<string> {
  const found = (await inboxLetters(alice)).find(letter => letter.text.includes(text))
  if (found === undefined) throw new Error(`no letter holds ${text}`)
  return found.text
}

describe('sendmail', () => {
  it('takes a letter of cron', async () => {
    const input = 'From: root (Cron Daemon)\nTo: alice\nSubject: Cron <root@camp> backup\n\nall is well\n'
    const args = ['sendmail', '-i', '-FCronDaemon', '-B8BITMIME', '-oem', 'alice']
    expect(await hand(posthorn(...args), input)).toMatchObject({ code: 0, stdout: '', stderr: '' })
    expect(await letterWith('all is well')).toContain('Subject: Cron <root@camp> backup\r\n\r\nall is well\r\n')
  })

  it('finds recipients in the header, here and at other nodes, and shows Bcc to nobody', async () => {
    const input = `To: ${alice.address}\nBcc: ${bob.address}\nSubject: both\n\nfor two\n.\nnot this\n`
    const done = await hand(posthorn('sendmail', '-t', '-f', alice.address, '--json'), input)
    expect(JSON.parse(done.stdout)).toMatchObject({ accepted: [alice.address, bob.address], refused: [] })
    const letter = await letterWith('for two')
    expect(letter).not.toContain(bob.address)
    expect(letter).not.toContain('not this')
    const { neighbours } = await camp.run<{ neighbours: { queued: { packets: number } }[] }>(['status'])
    expect(neighbours[0]?.queued.packets).toBe(1)
    expect((await hand(posthorn('sendmail', '-bp'), '')).stdout).toMatch(/^1 packets .* for ridge\n$/)
  })

  it('answers with the codes of sysexits.h, in words', async () => {
    const unknown = await hand(posthorn('sendmail', 'nobody-here'), '\n')
    expect(unknown).toMatchObject({ code: 67, stderr: expect.stringContaining('Nobody here is called nobody-here') })
    expect(await hand(posthorn('sendmail', 'x@unknown.example'), '\n')).toMatchObject({ code: 68 })
    expect(await hand(posthorn('sendmail', 'a b@c'), '\n')).toMatchObject({ code: 65 })
    expect(await hand(posthorn('sendmail'), '\n')).toMatchObject({ code: 64 })
    expect(await hand(posthorn('sendmail', '-bd'), '\n')).toMatchObject({ code: 64 })
    expect(await hand(posthorn('sendmail', '--home', join(scratch, 'none'), 'alice'), '\n')).toMatchObject({ code: 75 })
  })

  it('sends to those it can, and tells the sender of the others, once', async () => {
    const input = `Message-ID: <partly@camp>\nSubject: partly\n\nfor some\n`
    const args = ['sendmail', '-f', 'alice', '-V', 'order+2B7', 'alice', 'nobody-here']
    for (const _again of [1, 2]) {
      const done = await hand(posthorn(...args), input)
      expect(done).toMatchObject({ code: 0, stderr: expect.stringContaining('its sender gets a notice') })
    }
    const letters = (await inboxLetters(alice)).filter(({ text }) => text.includes('partly@camp'))
    expect(letters).toHaveLength(2)
    const report = letters.find(({ text }) => text.includes('Status: 5.1.1'))?.text
    expect(report).toContain('nobody-here@')
    expect(report).toContain('Original-Envelope-Id: order+7\r\n')
    expect(letters.find(({ text }) => !text.includes('Status: '))?.text).toMatch(
      /^Return-Path: .*\r\nReceived: by camp-\S+ with local\r\n\tid [0-9a-f]{16}; .* \+0000\r\n/,
    )
  })

  it('does not say that it is done when the sender of those refused cannot be told', async () => {
    const done = await hand(
      posthorn('sendmail', '-f', 'x@unknown.example', 'alice', 'nobody-here'),
      'Subject: y\n\ny\n',
    )
    expect(done).toMatchObject({ code: 67, stderr: expect.stringContaining('could not be told') })
  })

  it('tells what became of a letter as it is asked to: -N, -R, and NOTIFY in SMTP', async () => {
    const call = ['sendmail', '-f', 'alice', '-N', 'success', '-R', 'full', 'alice']
    expect(await hand(posthorn(...call), 'Subject: told\n\nin full\n')).toMatchObject({ code: 0 })
    expect(await letterWith('Action: delivered')).toContain('Subject: told')
    const never = await hand(posthorn('sendmail', '-f', 'alice', '-N', 'never', 'alice', 'nobody-here'), '\n')
    expect(never).toMatchObject({ code: 0, stderr: expect.stringContaining('wants no notice') })
    expect(await hand(posthorn('sendmail', '-N', 'sometimes', 'alice'), '\n')).toMatchObject({ code: 64 })

    const envelope = `MAIL FROM:<${alice.address}> ENVID=smtp7\nRCPT TO:<alice> NOTIFY=SUCCESS\n`
    const mail = `${envelope}DATA\nSubject: asked\n\nx\n.\n`
    expect(await hand(posthorn('sendmail', '-bs'), mail)).toMatchObject({ code: 0 })
    expect(await letterWith('Original-Envelope-Id: smtp7')).toContain('Action: delivered')
  })

  it('refuses a letter that goes in a circle', async () => {
    const around = (times: number) => `${'Received: from a by b; now\n'.repeat(times)}Subject: circle ${times}\n\nx\n`
    const done = await hand(posthorn('sendmail', 'alice'), around(50))
    expect(done).toMatchObject({ code: 65, stderr: expect.stringContaining('seems to go in a circle') })
    expect(await hand(posthorn('sendmail', 'alice'), around(49))).toMatchObject({ code: 0 })
  })

  it('takes recipients that look like options as what they are', async () => {
    const done = await hand(posthorn('sendmail', '--', '-bs', '-oQ/tmp'), '\n')
    expect(done).toMatchObject({ code: 65, stderr: expect.stringContaining('-bs@') })
  })

  it('speaks SMTP on standard input', async () => {
    const commands = ['EHLO x', `MAIL FROM:<${alice.address}>`, 'RCPT TO:<nobody>', 'RCPT TO:<alice>', 'DATA']
    const input = [...commands, 'Subject: spoken', '', '..dot', '.', 'QUIT', ''].join('\r\n')
    const { code, stdout } = await hand(posthorn('sendmail', '-bs'), input)
    expect(code).toBe(0)
    expect(stdout.split('\r\n').map(line => line.slice(0, 3))).toEqual([
      ...['220', '250', '250', '250', '250', '550', '250', '354', '250', '221', ''],
    ])
    expect(await letterWith('Subject: spoken')).toMatch(/\r\n\r\n\.dot\r\n$/)
  })

  it('works while the node is at rest', async () => {
    await camp.end()
    expect(await hand(posthorn('sendmail', 'alice'), 'Subject: at rest\n\nstill here\n')).toMatchObject({ code: 0 })
    await camp.start()
    const { imap, smtp } = await camp.run<Access>(['user', 'password', 'alice', '--password-stdin'], alice.password)
    alice = { ...alice, imap, smtp }
    expect(await letterWith('still here')).toContain('at rest')
  })
})

describe('rmail', () => {
  it('is meant when the program is called so, and reads the sender out of the letter', async () => {
    const rmail = join(scratch, 'rmail')
    await symlink(program, rmail)
    const input =
      'From uucp Sat Jan  3 01:05:34 2026 remote from hub\n' +
      '>From ann Sat Jan  3 01:00:00 2026 remote from far\nSubject: by uucp\n\nslowly\n'
    expect(await hand([rmail, 'alice'], input)).toMatchObject({ code: 0, stderr: '' })
    expect(await letterWith('slowly')).toMatch(/^Return-Path: <ann@far>\r\n/)
  })
})

describe('rsmtp', () => {
  it('takes all letters of a batch, and nothing of one that is cut', async () => {
    const letter = (number: number) =>
      `MAIL FROM:<ann@far.example>\nRCPT TO:<alice>\nDATA\nSubject: batch ${number}\n\nnumber ${number}\n.\n`
    const done = await hand(posthorn('rsmtp', '--json'), `HELO far\n${[1, 2, 3].map(letter).join('')}QUIT\n`)
    expect(JSON.parse(done.stdout)).toEqual({ letters: 3 })
    for (const number of [1, 2, 3]) expect(await letterWith(`number ${number}`)).toContain(`batch ${number}`)

    const cut = await hand(posthorn('rsmtp'), letter(4).slice(0, -3))
    expect(cut).toMatchObject({ code: 65, stderr: expect.stringContaining('ends within a letter') })
    await expect(letterWith('number 4')).rejects.toThrow()
  })
})

describe('rsmtp, with letters for nobody', () => {
  const batch = (sender: string, id: string) =>
    `MAIL FROM:<${sender}>\nRCPT TO:<nobody-here>\nDATA\nMessage-ID: <${id}@far>\n\nx\n.\nQUIT\n`

  it('tells their senders, once, and is done with them', async () => {
    for (const _again of [1, 2]) {
      const done = await hand(posthorn('rsmtp'), batch(alice.address, 'for-nobody'))
      expect(done).toMatchObject({ code: 0, stderr: expect.stringContaining('gets a notice') })
    }
    const reports = (await inboxLetters(alice)).filter(({ text }) => text.includes('for-nobody@far'))
    expect(reports).toHaveLength(1)
    expect(reports[0]?.text).toContain('Status: 5.1.1')
  })

  it('says so when nobody can be told', async () => {
    const bounce = await hand(posthorn('rsmtp'), batch('', 'bounce'))
    expect(bounce).toMatchObject({ code: 0, stderr: expect.stringContaining('has no sender') })
    const lost = await hand(posthorn('rsmtp'), batch('ann@unknown.example', 'lost'))
    expect(lost).toMatchObject({ code: 67, stderr: expect.stringContaining('could not be told') })
  })
})

const gitSendEmail = spawnSync('sh', ['-c', 'test -e "$(git --exec-path)/git-send-email"']).status === 0
if (!gitSendEmail) {
  console.warn('\n*** SKIPPED: Debian package git-email is not installed; git send-email is not tested. ***\n')
}

describe.runIf(gitSendEmail)('git send-email', () => {
  it('sends patches through it', async () => {
    const repository = await mkdtemp(join(scratch, 'repository-'))
    const git = async (...args: string[]) => {
      const identity = ['-c', 'user.name=Ann', '-c', `user.email=${alice.address}`]
      const done = await hand(['git', ...identity, ...args], '', repository)
      if (done.code !== 0) throw new Error(`git ${args.join(' ')}: ${done.stderr}`)
      return done.stdout
    }
    await git('init', '-q')
    await writeFile(join(repository, 'a.txt'), 'one\n.\ntwo\n')
    await git('add', '.')
    await git('commit', '-qm', 'Add a file')
    await git('format-patch', '-1', '--root')
    const server = `${process.execPath} ${program} sendmail`
    const to = ['--to', alice.address, '--confirm=never', '--no-validate']
    await git('send-email', `--sendmail-cmd=${server}`, ...to, '0001-Add-a-file.patch')
    expect(await letterWith('[PATCH] Add a file')).toContain('+one\r\n+.\r\n+two\r\n')
  })
})
