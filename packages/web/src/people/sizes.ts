const megabyte = 1_000_000

/** Megabytes as people type them; undefined for none, null for what is no size. */
export function bytesOf(text: string): number | undefined | null {
  const trimmed = text.trim()
  if (trimmed === '') return undefined
  return /^[1-9]\d{0,8}$/.test(trimmed) ? Number(trimmed) * megabyte : null
}

export function megabytesOf(bytes: number | null): string {
  return bytes === null ? '' : String(Math.max(1, Math.round(bytes / megabyte)))
}

/** Whole numbers above zero, up to a largest; null for others. */
export function countOf(text: string, most: number): number | null {
  const count = /^[1-9]\d{0,4}$/.test(text.trim()) ? Number(text) : null
  return count !== null && count <= most ? count : null
}
