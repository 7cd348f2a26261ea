import type { MessageView } from '@posthorn/api'
import { Dialog } from '../../ui/index.ts'
import { say } from '../words.ts'
import css from './overlays.module.css'

interface Props {
  readonly message: MessageView
  readonly onClose: () => void
}

/**
 * A mail as its sender designed it, in a frame that may do nothing: no script, no form, no window, no origin of its
 * own. The node serves it with a policy that loads nothing from anywhere.
 */
export function HtmlDialog({ message, onClose }: Props) {
  return (
    <Dialog title={say('htmlMail')} size="large" onClose={onClose}>
      <p className={css['note']}>{say('htmlNote')}</p>
      <iframe
        className={css['html']}
        title={say('htmlMail')}
        src={`/api/v1/html/${message.id}`}
        sandbox=""
        referrerPolicy="no-referrer"
      />
    </Dialog>
  )
}
