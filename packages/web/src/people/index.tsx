/** Who lives on this node, how they come to it, and its first run. */
export function PeoplePage() {
  return null
}

export function SetUpPage({ secret }: { readonly secret: string }) {
  return <div data-secret={secret.length} />
}

export function JoinPage({ token }: { readonly token: string }) {
  return <div data-token={token.length} />
}
