import { lazy, Suspense } from 'react'
import { useLocation } from 'wouter'
import { type ChatDialog, openChatDialog, useChatDialog } from './dialog-store.ts'

const rooms = () => import('./dialogs/index.tsx')
const Question = lazy(() => rooms().then(({ Question }) => ({ default: Question })))
const NewChatDialog = lazy(() => rooms().then(({ NewChatDialog }) => ({ default: NewChatDialog })))
const CreateDialog = lazy(() => rooms().then(({ CreateDialog }) => ({ default: CreateDialog })))
const EditDialog = lazy(() => rooms().then(({ EditDialog }) => ({ default: EditDialog })))
const MembersDialog = lazy(() => rooms().then(({ MembersDialog }) => ({ default: MembersDialog })))
const ContactDialog = lazy(() => rooms().then(({ ContactDialog }) => ({ default: ContactDialog })))
const InviteDialog = lazy(() => rooms().then(({ InviteDialog }) => ({ default: InviteDialog })))
const FollowDialog = lazy(() => rooms().then(({ FollowDialog }) => ({ default: FollowDialog })))

/** The dialog of this room that is open; once, in the frame of the app. */
export function ChatDialogs() {
  const open = useChatDialog(state => state.open)
  return <Suspense>{open === null ? null : <Opened dialog={open} />}</Suspense>
}

function Opened({ dialog }: { readonly dialog: ChatDialog }) {
  const [, go] = useLocation()
  const onClose = () => openChatDialog(null)
  switch (dialog.kind) {
    case 'new':
      return <NewChatDialog go={go} onClose={onClose} />
    case 'create':
      return <CreateDialog kind={dialog.of} go={go} onClose={onClose} />
    case 'invite':
      return <InviteDialog chat={dialog.chat} onClose={onClose} />
    case 'follow':
      return <FollowDialog link={dialog.link} go={go} onClose={onClose} />
    case 'edit':
      return <EditDialog chat={dialog.chat} onClose={onClose} />
    case 'members':
      return <MembersDialog chat={dialog.chat} onClose={onClose} />
    case 'contact':
      return <ContactDialog contact={dialog.contact} go={go} onClose={onClose} />
    case 'mute':
    case 'delete':
    case 'block':
    case 'leave':
      return <Question kind={dialog.kind} chat={dialog.chat} onClose={onClose} />
  }
}
