/** The secret of a first start in what somebody pasted or typed: the whole link, or only its end. */
export function codeOf(text: string): string | null {
  const last = text.trim().split('/').at(-1)?.toLowerCase() ?? ''
  return /^[a-z0-9]+(-[a-z0-9]+)*$/.test(last) ? last : null
}
