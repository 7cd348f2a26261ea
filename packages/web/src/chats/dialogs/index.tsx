/** The dialogs, loaded when the first of them is opened. */
export { FollowDialog } from '../invites/follow-dialog.tsx'
export { InviteDialog } from '../invites/invite-dialog.tsx'
export { ContactDialog } from './contact-dialog.tsx'
export { CreateDialog } from './create-dialog.tsx'
export { EditDialog } from './edit-dialog.tsx'
export { MembersDialog } from './members-dialog.tsx'
export { NewChatDialog } from './new-chat-dialog.tsx'
export { Question } from './question.tsx'
