/** Words that came from outside, fit to be kept: no longer than is useful, and without control characters. */
export function kept(words: string, lettersMax: number): string {
  return words.slice(0, lettersMax).replaceAll(/\p{Cc}/gu, '\ufffd')
}
