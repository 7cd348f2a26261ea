import { create } from 'zustand'

/** The dialogs of this room; one is open at a time. */
export type ChatDialog =
  | { readonly kind: 'new' }
  | { readonly kind: 'create'; readonly of: 'group' | 'channel' }
  /** One's own invite, or into a chat. */
  | { readonly kind: 'invite'; readonly chat: number | null }
  /** Somebody else's invite; a link that is known already is looked at at once. */
  | { readonly kind: 'follow'; readonly link?: string }
  | { readonly kind: 'mute' | 'delete' | 'block' | 'leave'; readonly chat: number }
  | { readonly kind: 'edit' | 'members'; readonly chat: number }
  | { readonly kind: 'contact'; readonly contact: number }

export const useChatDialog = create<{ readonly open: ChatDialog | null }>(() => ({ open: null }))

/** Opens a dialog from anywhere; null closes it. */
export function openChatDialog(open: ChatDialog | null): void {
  useChatDialog.setState({ open })
}
