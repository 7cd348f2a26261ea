/** NNCP's way to say that something is for an area: `area:NAME`. Undefined: it is for a neighbour. */
export function areaIn(to: string): string | undefined {
  return to.startsWith('area:') ? to.slice('area:'.length) : undefined
}
