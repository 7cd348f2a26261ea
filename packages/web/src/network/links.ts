/** What a `posthorn:` link is, by how it begins: six letters and a version, in base64. */
const kinds = { card: 'UEhDQVJE', reply: 'UEhSRVBM' } as const

export function isLink(kind: keyof typeof kinds, text: string): boolean {
  return text.includes(`posthorn:${kinds[kind]}`)
}
