/** Where everything stands in the picture: this node in the middle, the others around it. */
import type { FolderSeen, NeighbourSeen } from '@posthorn/api'

export interface Point {
  readonly x: number
  readonly y: number
}

export interface Placed extends Point {
  readonly id: string
  readonly neighbour?: NeighbourSeen
  readonly folder?: FolderSeen
}

export interface Layout {
  readonly width: number
  readonly height: number
  readonly centre: Point
  readonly placed: readonly Placed[]
}

type Other = Omit<Placed, 'x' | 'y'>

/** What a glyph with its words needs: to the sides, above its middle and below it. */
const [sideways, above, below] = [62, 44, 70]
const [apartX, apartY] = [124, 112]
/** Nearer they would stand on each other. */
const [nearX, nearY] = [110, 96]
const [heightMin, heightMax] = [340, 440]

/** In pixels. Sticks stand beside the first neighbour that they lead to; where a ring has no room there are columns. */
export function layoutOf(
  width: number,
  { neighbours, folders }: { readonly neighbours: readonly NeighbourSeen[]; readonly folders: readonly FolderSeen[] },
): Layout {
  const others = inOrder(neighbours, folders)
  const around = ring(others, width, Math.min(heightMax, Math.max(heightMin, width * 0.5)))
  return areApart([around.centre, ...around.placed]) ? around : columns(others, width)
}

function areApart(points: readonly Point[]): boolean {
  return points.every((one, index) =>
    points.slice(index + 1).every(({ x, y }) => Math.abs(one.x - x) >= nearX || Math.abs(one.y - y) >= nearY),
  )
}

function ring(others: readonly Other[], width: number, height: number): Layout {
  const [a, b] = [width / 2 - sideways, (height - above - below) / 2]
  const centre = { x: width / 2, y: above + b }
  // Two stand left and right; more begin at the top.
  const start = others.length <= 2 ? 0 : -Math.PI / 2
  const placed = others.map((other, index) => {
    const angle = start + (index * 2 * Math.PI) / others.length
    return { ...other, x: centre.x + Math.cos(angle) * a, y: centre.y + Math.sin(angle) * b }
  })
  return { width, height, centre, placed }
}

/** Left and right of this node in turn, as many rows as there have to be. */
function columns(others: readonly Other[], width: number): Layout {
  const each = Math.max(1, Math.floor((width - apartX) / 2 / apartX))
  const rows = Math.ceil(others.length / (2 * each))
  const height = Math.max(heightMin, rows * apartY + above + below - apartY / 2)
  const space = (height - above - below) / Math.max(1, rows - 1)
  const placed = others.map((other, index) => {
    const [row, place] = [Math.floor(index / (2 * each)), index % (2 * each)]
    const [side, column] = [place % 2 === 0 ? -1 : 1, Math.floor(place / 2)]
    const x = side < 0 ? sideways + column * apartX : width - sideways - column * apartX
    return { ...other, x, y: rows === 1 ? height / 2 : above + row * space }
  })
  return { width, height, centre: { x: width / 2, y: height / 2 - (below - above) / 2 }, placed }
}

function inOrder(neighbours: readonly NeighbourSeen[], folders: readonly FolderSeen[]): Other[] {
  const left = new Map(folders.map(folder => [folder.name, folder]))
  const ordered: Other[] = []
  for (const neighbour of neighbours) {
    ordered.push({ id: `neighbour ${neighbour.name}`, neighbour })
    for (const name of neighbour.folders) {
      const folder = left.get(name)
      if (folder !== undefined) ordered.push({ id: `folder ${name}`, folder })
      left.delete(name)
    }
  }
  for (const folder of left.values()) ordered.push({ id: `folder ${folder.name}`, folder })
  return ordered
}
