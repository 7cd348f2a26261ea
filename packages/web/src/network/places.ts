/** Addresses of the page: `/network`, `/network/neighbour/NAME`, `/network/folder/NAME`. */

/** `id` as the picture names what stands in it. */
export function placeOf(id: string | undefined): string {
  if (id === undefined) return '/network'
  const space = id.indexOf(' ')
  return `/network/${id.slice(0, space)}/${encodeURIComponent(id.slice(space + 1))}`
}

export function chosenIn(path: string): string | undefined {
  const [, kind, name] = /^\/network\/(neighbour|folder)\/([^/]+)$/.exec(path) ?? []
  if (kind === undefined || name === undefined) return undefined
  try {
    return `${kind} ${decodeURIComponent(name)}`
  } catch {
    return undefined
  }
}
