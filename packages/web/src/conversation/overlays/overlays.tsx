/** What is open over the conversation: one thing at a time. */
import { lazy, Suspense } from 'react'
import { useLocation } from 'wouter'
import { OpenJourney } from '../../journeys/index.tsx'
import { open, useOpenChat, useOpenChatState } from '../state.ts'
import { DeleteDialog } from './delete-dialog.tsx'
import { HtmlDialog } from './html-dialog.tsx'
import { InfoDialog } from './info-dialog.tsx'
import { ReactDialog } from './react-dialog.tsx'
import { ReactionsDialog } from './reactions-dialog.tsx'

const ForwardDialog = lazy(() => import('./forward-dialog.tsx').then(part => ({ default: part.ForwardDialog })))
const Gallery = lazy(() => import('../media/gallery.tsx').then(part => ({ default: part.Gallery })))
const Lightbox = lazy(() => import('../media/lightbox.tsx').then(part => ({ default: part.Lightbox })))

/** The gallery has an address of its own: `/chat/7/media`. */
export function Overlays() {
  const { chat } = useOpenChat()
  const [path, go] = useLocation()
  return (
    <>
      {path.endsWith('/media') ? (
        <Suspense fallback={null}>
          <Gallery onClose={() => go(`/chat/${chat.id}`)} />
        </Suspense>
      ) : null}
      <Opened />
      <OpenJourney />
    </>
  )
}

function Opened() {
  const openChat = useOpenChat()
  const overlay = useOpenChatState(state => state.overlay)
  if (overlay === null) return null
  const close = () => open(openChat, null)
  switch (overlay.kind) {
    case 'delete':
      return <DeleteDialog ids={overlay.ids} onClose={close} />
    case 'forward':
      return (
        <Suspense fallback={null}>
          <ForwardDialog ids={overlay.ids} onClose={close} />
        </Suspense>
      )
    case 'photo':
      return (
        <Suspense fallback={null}>
          <Lightbox first={overlay.message} onClose={close} />
        </Suspense>
      )
    case 'info':
      return <InfoDialog message={overlay.message} onClose={close} />
    case 'react':
      return <ReactDialog message={overlay.message} onClose={close} />
    case 'reactions':
      return <ReactionsDialog message={overlay.message} onClose={close} />
    case 'html':
      return <HtmlDialog message={overlay.message} onClose={close} />
  }
}
