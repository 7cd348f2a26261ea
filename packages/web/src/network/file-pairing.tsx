import { Download } from 'lucide-react'
import { type FormEvent, useEffect, useState } from 'react'
import { api } from '../api/index.ts'
import { Button, TextArea } from '../ui/index.ts'
import { isLink } from './links.ts'
import css from './network.module.css'
import { useDoing } from './use-asked.ts'
import { say } from './words.ts'

interface CarriedFile {
  readonly label: string
  readonly fileName: string
  readonly text: string
}

/** For nodes that never meet: an invitation goes, a reply comes. Either is told by what was pasted. */
export function FileExchange({ paired }: { readonly paired: (name: string) => void }) {
  const [file, setFile] = useState<CarriedFile>()
  const [text, setText] = useState('')
  const { busy, run } = useDoing()
  const invite = () =>
    run('invite', async () => {
      const { link } = await api.call('pairing.invite', { kind: 'file' })
      setFile({ label: say('invitation'), fileName: 'posthorn-invitation.txt', text: link })
    })
  const answer = (event: FormEvent) => {
    event.preventDefault()
    run('answer', async () => {
      const given = text.trim()
      if (isLink('reply', given)) return paired((await api.call('pairing.accept', { reply: given })).name)
      const { reply } = await api.call('pairing.reply', { invitation: given })
      setFile({ label: say('reply'), fileName: 'posthorn-reply.txt', text: reply })
    })
  }
  return (
    <form className={css['form']} onSubmit={answer}>
      <p>{say('fileAbout')}</p>
      <Button busy={busy === 'invite'} onClick={invite}>
        {say('makeInvitation')}
      </Button>
      <TextArea
        label={say('pasteHere')}
        value={text}
        spellCheck={false}
        onChange={event => setText(event.target.value)}
      />
      <div className={css['formEnd']}>
        <Button look="primary" type="submit" busy={busy === 'answer'} disabled={text.trim() === ''}>
          {say('answer')}
        </Button>
      </div>
      {file === undefined ? null : <Carried file={file} />}
    </form>
  )
}

function Carried({ file: { label, fileName, text } }: { readonly file: CarriedFile }) {
  const [address, setAddress] = useState<string>()
  useEffect(() => {
    const made = URL.createObjectURL(new Blob([text], { type: 'text/plain' }))
    setAddress(made)
    return () => URL.revokeObjectURL(made)
  }, [text])
  return (
    <>
      <TextArea label={label} value={text} readOnly />
      <a className={css['actions']} href={address} download={fileName}>
        <Download aria-hidden size={18} />
        {fileName}
      </a>
    </>
  )
}
