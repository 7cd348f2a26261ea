/**
 * Text by strangers. React writes it as text, so that markup never runs; what is left are letters that make other
 * letters look otherwise: those that turn the direction (U+202E shows `evilgpj.exe` as `evilexe.jpg`), and those that
 * have no width.
 */
import { plainLine } from '../../text/line.ts'

// Turning the direction; without width; not shown at all.
const hidden = /\u034f|[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]/u

/** Whether there are letters in it that nobody sees. */
export function hidesLetters(text: string): boolean {
  return hidden.test(text)
}

/** Cut to so many letters, with an ellipsis; never in the middle of one. */
export function shortened(text: string, lettersMax: number): string {
  if (text.length <= lettersMax) return text
  const cut = text.slice(0, lettersMax)
  const half = cut.charCodeAt(cut.length - 1)
  return `${half >= 0xd800 && half <= 0xdbff ? cut.slice(0, -1) : cut}…`
}

/** The middle goes, not the end: the kind of a file is to be seen. */
export function shortFileName(name: string, lettersMax = 48): string {
  const plain = plainLine(name)
  if (plain.length <= lettersMax) return plain
  const end = 14
  return `${shortened(plain, lettersMax - end - 1)}${plain.slice(-end)}`
}
