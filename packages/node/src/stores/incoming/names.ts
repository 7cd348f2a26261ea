/**
 * The name of a file is a claim of its sender: what it may be, so that nothing leaves the folder and nobody who looks
 * into the folder is fooled.
 */

/** Names that begin so are ours: of files that are not whole yet. */
export const ownPrefix = '.posthorn'
export const partsFolder = `${ownPrefix}-parts`

export type CheckedPath =
  /** From the folder inwards; at least one. */
  { readonly parts: readonly string[] } | { readonly fault: string }

/** @param windows also refuses what Windows takes for something else. */
export function checkPath(path: string, windows: boolean): CheckedPath {
  const parts = path.split('/')
  const [first = ''] = parts
  if (first === '') return { fault: 'its name is absolute or empty' }
  for (const part of parts) {
    const fault = faultOf(part) ?? (windows ? windowsFaultOf(part) : undefined)
    if (fault !== undefined) return { fault: `its name ${fault}` }
  }
  return { parts }
}

function faultOf(part: string): string | undefined {
  if (part === '') return 'has an empty part'
  if (part === '.' || part === '..') return 'leads to other folders'
  // Terminals and logs take orders from them.
  if (/\p{Cc}/u.test(part)) return 'holds control characters'
  if (part.toLowerCase().startsWith(ownPrefix)) return `begins with ${ownPrefix}, as our own unfinished files do`
  return undefined
}

const windowsDevice = /^(?:con|prn|aux|nul|com\d|lpt\d|conin\$|conout\$)(?:\.|$)/i

function windowsFaultOf(part: string): string | undefined {
  if (/[<>:"|?*\\]/.test(part)) return 'holds characters that Windows does not have in names'
  if (/[. ]$/.test(part)) return 'ends in a dot or space, which Windows takes away'
  return windowsDevice.test(part) ? 'is that of a device of Windows' : undefined
}

const nameBytesMax = 255

/** The name of the n-th file of that name, as NNCP makes it: `name`, `name.0`, `name.1`; shortened where too long. */
export function copyName(name: string, copy: number): string {
  if (copy === 0) return name
  const suffix = `.${copy - 1}`
  let kept = ''
  for (const letter of name) {
    if (Buffer.byteLength(kept + letter) + suffix.length > nameBytesMax) break
    kept += letter
  }
  return `${kept}${suffix}`
}
