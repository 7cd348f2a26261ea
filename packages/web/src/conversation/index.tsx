/** One chat: its messages, and what is written. */
export function Conversation({ chat }: { readonly chat: number }) {
  return <div data-chat={chat} />
}
