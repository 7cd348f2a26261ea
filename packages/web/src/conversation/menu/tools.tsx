import type { MessageView } from '@posthorn/api'
import { Ellipsis, Reply, SmilePlus } from 'lucide-react'
import type { MouseEvent } from 'react'
import { IconButton } from '../../ui/index.ts'
import { beginReply, open, useOpenChat } from '../state.ts'
import { say } from '../words.ts'
import css from './tools.module.css'

/** Beside a message that one points at: what is done most, and the way to the rest. */
export function Tools({ message }: { readonly message: MessageView }) {
  const openChat = useOpenChat()
  return (
    <span className={css['tools']}>
      {openChat.chat.canSend ? (
        <>
          <IconButton
            small
            icon={SmilePlus}
            label={say('react')}
            onClick={() => open(openChat, { kind: 'react', message })}
          />
          <IconButton small icon={Reply} label={say('reply')} onClick={() => beginReply(openChat, message)} />
        </>
      ) : null}
      <IconButton small icon={Ellipsis} label={say('more')} aria-haspopup="menu" onClick={openMenu} />
    </span>
  )
}

/** There is one menu for the whole list; it opens where a click with the other button is. */
function openMenu({ currentTarget }: MouseEvent<HTMLElement>): void {
  const { left, bottom } = currentTarget.getBoundingClientRect()
  const click = new window.MouseEvent('contextmenu', {
    bubbles: true,
    cancelable: true,
    clientX: left,
    clientY: bottom,
  })
  currentTarget.closest('[data-row]')?.querySelector('[data-message]')?.dispatchEvent(click)
}
