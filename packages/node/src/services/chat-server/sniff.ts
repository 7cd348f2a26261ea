/**
 * What a file is, by how it begins: only of what is shown in a page, and cannot run anything there. Names and the word
 * of the sender are not looked at; SVG, HTML, PDF and all else are for saving.
 */
import { open } from 'node:fs/promises'
import { chatServerLimits } from './limits.ts'

/** Undefined: it is to be saved, not shown. */
export async function mediaTypeOf(path: string): Promise<string | undefined> {
  const file = await open(path, 'r')
  try {
    const bytes = new Uint8Array(chatServerLimits.sniffBytes)
    const { bytesRead } = await file.read(bytes, 0, bytes.length, 0)
    return sniff(bytes.subarray(0, bytesRead))
  } finally {
    await file.close()
  }
}

const plain: readonly (readonly [string, readonly string[]])[] = [
  ['image/png', ['\x89PNG\r\n\x1a\n']],
  ['image/jpeg', ['\xff\xd8\xff']],
  ['image/gif', ['GIF87a', 'GIF89a']],
  ['audio/mpeg', ['ID3', '\xff\xfb', '\xff\xf3', '\xff\xf2']],
  ['audio/aac', ['\xff\xf1', '\xff\xf9']],
  ['audio/flac', ['fLaC']],
  ['audio/amr', ['#!AMR']],
]

/** Exported for its tests. */
export function sniff(bytes: Uint8Array): string | undefined {
  const text = Buffer.from(bytes).toString('latin1')
  for (const [type, beginnings] of plain) if (beginnings.some(one => text.startsWith(one))) return type
  if (text.startsWith('RIFF')) return riff.get(text.slice(8, 12))
  if (text.slice(4, 8) === 'ftyp') return isoMedia(text.slice(8, 12))
  if (text.startsWith('OggS')) return /\x80theora/.test(text) ? 'video/ogg' : 'audio/ogg'
  if (text.startsWith('\x1a\x45\xdf\xa3') && /webm|matroska/.test(text)) return 'video/webm'
  return undefined
}

const riff = new Map([
  ['WEBP', 'image/webp'],
  ['WAVE', 'audio/wav'],
])

/** ISO/IEC 14496-12, section 4.3: the brand. */
function isoMedia(brand: string): string | undefined {
  if (brand === 'avif' || brand === 'avis') return 'image/avif'
  if (brand === 'M4A ' || brand === 'M4B ') return 'audio/mp4'
  return /^(?:isom|iso[2-9]|mp4[12]|avc1|M4V |MSNV|dash|3gp.|qt {2})$/.test(brand) ? 'video/mp4' : undefined
}
