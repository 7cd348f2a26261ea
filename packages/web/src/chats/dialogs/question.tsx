import type { ChatView } from '@posthorn/api'
import { useLocation } from 'wouter'
import { api } from '../../api/index.ts'
import { lasting } from '../../i18n/index.ts'
import { stores, useRow } from '../../stores/index.ts'
import { Button, Dialog } from '../../ui/index.ts'
import { arrange } from '../deeds.ts'
import { canLeave, muteChoices } from '../possible.ts'
import { nameOf } from '../row-text.ts'
import { say } from '../words.ts'
import { Confirm } from './confirm.tsx'
import css from './dialogs.module.css'

type SureKind = 'delete' | 'block' | 'leave'

interface QuestionProps {
  readonly kind: 'mute' | SureKind
  readonly chat: number
  readonly onClose: () => void
}

/** Asks before something is done with a chat that is hard to take back; or for how long. */
export function Question({ kind, chat, onClose }: QuestionProps) {
  const view = useRow(stores().chats.views, chat)
  const [path, go] = useLocation()
  if (view === undefined || view === null) return null
  if (kind === 'mute') return <MuteQuestion view={view} onClose={onClose} />
  const run = async () => {
    await doIt(kind, view)
    // Whoever looks at another chat goes on looking at it.
    if (kind !== 'leave' && path.split('/')[2] === String(view.id)) go('/')
  }
  return <Confirm {...wordsFor(kind, view)} run={run} onClose={onClose} />
}

function MuteQuestion({ view, onClose }: { readonly view: ChatView; readonly onClose: () => void }) {
  const mute = (choice: (typeof muteChoices)[number]) => {
    onClose()
    void arrange(view.id, { mute: choice })
  }
  return (
    <Dialog title={say('muteTitle', { name: nameOf(view) })} onClose={onClose}>
      <p className={css['text']}>{say('muteText')}</p>
      <div className={css['choices']}>
        {muteChoices.map(choice => (
          <Button key={choice} wide onClick={() => mute(choice)}>
            {choice === 'always' ? say('muteAlways') : say('muteFor', { time: lasting(choice * 1000) })}
          </Button>
        ))}
      </div>
    </Dialog>
  )
}

async function doIt(kind: SureKind, view: ChatView): Promise<void> {
  const [other] = view.members
  if (kind === 'delete') await api.call('chats.delete', { chat: view.id })
  else if (kind === 'leave') stores().chats.changed(await api.call('chats.leave', { chat: view.id }))
  else if (view.request || other === undefined) await api.call('chats.block', { chat: view.id })
  else stores().contacts.rows.put(await api.call('contacts.block', { contact: other, blocked: true }))
}

function wordsFor(kind: SureKind, view: ChatView) {
  const name = nameOf(view)
  switch (kind) {
    case 'delete': {
      const texts = [say('deleteText', { name }), ...(canLeave(view) ? [say('deleteMember')] : [])]
      return { title: say('deleteTitle'), texts, button: say('deleteIt') }
    }
    case 'block':
      return { title: say('blockTitle', { name }), texts: [say('blockText')], button: say('block') }
    case 'leave':
      return { title: say('leaveTitle', { name }), texts: [say('leaveText')], button: say('leaveIt') }
  }
}
