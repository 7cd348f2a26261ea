/** This node and its neighbours, and what moves between them. */
export function NetworkPage() {
  return null
}
