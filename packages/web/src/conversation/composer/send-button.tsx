import { Check, Mic, SendHorizontal } from 'lucide-react'
import { IconButton } from '../../ui/index.ts'
import { say } from '../words.ts'

interface Props {
  readonly isEditing: boolean
  readonly canSend: boolean
  readonly onSend: () => void
  /** In place of sending, while there is nothing to send. */
  readonly onRecord: (() => void) | undefined
}

export function SendButton({ isEditing, canSend, onSend, onRecord }: Props) {
  if (onRecord !== undefined) return <IconButton icon={Mic} label={say('recordVoice')} onClick={onRecord} />
  return (
    <IconButton
      icon={isEditing ? Check : SendHorizontal}
      look={canSend ? 'accent' : 'quiet'}
      label={say(isEditing ? 'saveEdit' : 'send')}
      disabled={!canSend}
      onClick={onSend}
    />
  )
}
