/** Dovecot's `dovecot-keywords`: which keywords the small letters in the names of a Maildir's files stand for. */
import { join } from 'node:path'
import { diskFiles } from '../../stores/files/index.ts'
import { archiveLimits } from './limits.ts'

const fileName = 'dovecot-keywords'

/** By letter; empty when there is no such file. */
export async function readKeywords(folder: string): Promise<ReadonlyMap<string, string>> {
  const keywords = new Map<string, string>()
  const text = await diskFiles.readSmall(join(folder, fileName), archiveLimits.keywordsFileBytesMax)
  for (const line of text?.split('\n') ?? []) {
    const match = /^(\d{1,2}) (\S+)$/.exec(line)
    if (match !== null) keywords.set(letterOf(Number(match[1])), match[2] ?? '')
  }
  return keywords
}

/** The letters of a folder's keywords, by keyword; written beside it when there are any. */
export async function writeKeywords(folder: string, keywords: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const known = [...(await readKeywords(folder)).values()]
  const all = [...new Set([...known, ...keywords])].slice(0, archiveLimits.keywordLettersMax)
  if (all.length > known.length) {
    await diskFiles.unlink(join(folder, fileName))
    const lines = all.map((keyword, number) => `${number} ${keyword}\n`)
    await diskFiles.writeSmall(join(folder, fileName), Buffer.from(lines.join('')))
  }
  return new Map(all.map((keyword, number) => [keyword, letterOf(number)]))
}

function letterOf(number: number): string {
  return String.fromCharCode(97 + number)
}
