/** The list of chats, contacts, and what is done with them. */
export function ChatList({ chosen }: { readonly chosen: number | null }) {
  return <div data-chosen={chosen} />
}
