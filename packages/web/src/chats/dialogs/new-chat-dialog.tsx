import { ContactRound, type LucideIcon, Megaphone, QrCode, ScanLine, UsersRound } from 'lucide-react'
import { useRef } from 'react'
import { api } from '../../api/index.ts'
import { useAsked } from '../../stores/index.ts'
import { Dialog, toast } from '../../ui/index.ts'
import { attempt } from '../deeds.ts'
import { type ChatDialog, openChatDialog } from '../dialog-store.ts'
import { goToContact } from '../list/found-row.tsx'
import { say } from '../words.ts'
import css from './dialogs.module.css'
import { Picker } from './picker.tsx'

interface NewChatDialogProps {
  readonly go: (path: string) => void
  readonly onClose: () => void
}

/** What fits into one call, with room for escapes; cards of a hundred people with keys do. */
const cardLettersMax = 100_000

const ways: readonly { icon: LucideIcon; words: 'newGroup' | 'newChannel' | 'showInvite' | 'scan'; to: ChatDialog }[] =
  [
    { icon: UsersRound, words: 'newGroup', to: { kind: 'create', of: 'group' } },
    { icon: Megaphone, words: 'newChannel', to: { kind: 'create', of: 'channel' } },
    { icon: QrCode, words: 'showInvite', to: { kind: 'invite', chat: null } },
    { icon: ScanLine, words: 'scan', to: { kind: 'follow' } },
  ]

/** Whom to write to: somebody who is known, or how to come to know somebody. */
export function NewChatDialog({ go, onClose }: NewChatDialogProps) {
  const here = useAsked('contacts.here', {}, ['contacts.changed'])
  const card = useRef<HTMLInputElement>(null)
  const pick = async (contact: number) => {
    if (await goToContact(contact, go)) onClose()
  }
  // By their key anew: somebody else may have had this address before.
  const meet = (login: string) =>
    attempt(async () => {
      const { contact } = await api.call('contacts.meet', { login })
      await pick(contact)
    })
  const read = async (file: File | undefined) => {
    const ids = file === undefined ? undefined : await readCard(file)
    const [first] = ids ?? []
    if (ids?.length === 1 && first !== undefined) await pick(first)
  }
  return (
    <Dialog title={say('newChat')} onClose={onClose}>
      <div className={css['ways']}>
        {ways.map(({ icon: Icon, words, to }) => (
          <button key={words} type="button" className={css['way']} onClick={() => openChatDialog(to)}>
            <Icon aria-hidden size={20} />
            {say(words)}
          </button>
        ))}
        <button type="button" className={css['way']} onClick={() => card.current?.click()}>
          <ContactRound aria-hidden size={20} />
          {say('readCard')}
        </button>
      </div>
      <Picker
        {...(here.value === undefined ? {} : { here: here.value })}
        onMeet={login => void meet(login)}
        onPick={contact => void pick(contact)}
      />
      <input
        ref={card}
        type="file"
        accept=".vcf,text/vcard"
        hidden
        onChange={event => {
          void read(event.target.files?.[0])
          event.target.value = ''
        }}
      />
    </Dialog>
  )
}

/** Takes people from a vCard; answers with their ids. */
async function readCard(file: File): Promise<readonly number[]> {
  const vcard = file.size > cardLettersMax * 4 ? '' : await file.text()
  if (vcard === '' || vcard.length > cardLettersMax) {
    toast({ text: say('cardTooLarge'), tone: 'danger' })
    return []
  }
  let read: readonly number[] = []
  await attempt(async () => {
    const { ids } = await api.call('contacts.read', { vcard })
    read = ids
    toast({ text: say('cardsRead', { count: ids.length }) })
  })
  return read
}
