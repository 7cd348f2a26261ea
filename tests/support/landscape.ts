/** Drawn pictures, as PNG: hills and a lake in the evening, and faces of a few colours for profiles. */
import { png } from './picture.ts'

type Colour = readonly [red: number, green: number, blue: number]

function mixed(one: Colour, other: Colour, part: number): Colour {
  const at = Math.min(1, Math.max(0, part))
  return [0, 1, 2].map(index => (one[index] ?? 0) * (1 - at) + (other[index] ?? 0) * at) as unknown as Colour
}

function drawn(width: number, height: number, colourAt: (x: number, y: number) => Colour): Buffer {
  return png(width, height, (x, y) => colourAt((x + 0.5) / width, (y + 0.5) / height))
}

interface Hills {
  /** Of the height of the picture, from above. */
  readonly level: number
  readonly swing: number
  readonly bends: number
  readonly colour: Colour
}

const ranges: readonly Hills[] = [
  { level: 0.47, swing: 0.09, bends: 5, colour: [126, 128, 160] },
  { level: 0.56, swing: 0.06, bends: 8, colour: [84, 98, 128] },
  { level: 0.63, swing: 0.04, bends: 11, colour: [48, 70, 88] },
]
const [dusk, glow, lamp]: readonly [Colour, Colour, Colour] = [
  [92, 108, 168],
  [250, 190, 130],
  [255, 236, 190],
]
const shore = 0.68
const bank: Hills = { level: 0.93, swing: 0.035, bends: 4, colour: [26, 40, 38] }

function ridge({ level, swing, bends }: Hills, x: number): number {
  const waves = Math.sin(x * bends + level * 40) + 0.5 * Math.sin(x * bends * 2.3 + level * 9)
  return level - (swing * waves) / 1.5
}

/** The sky with its sun, and the hills before it. */
function air(x: number, y: number): Colour {
  const hills = ranges.findLast(range => y > ridge(range, x))
  if (hills !== undefined) return mixed(hills.colour, glow, 0.25 * (1 - (y - 0.4) / 0.3))
  const fromSun = Math.hypot((x - 0.68) * 1.5, y - 0.36)
  return mixed(lamp, mixed(dusk, glow, y / 0.5), fromSun < 0.05 ? 0 : 0.35 + fromSun * 1.8)
}

/** A lake between hills, when the sun goes down. */
export function landscape(width: number, height: number): Buffer {
  return drawn(width, height, (x, y) => {
    if (y > ridge(bank, x)) return bank.colour
    if (y < shore) return air(x, y)
    // The water shows what is above it, darker and in ripples.
    const deep = (y - shore) / (1 - shore)
    const ripple = 0.006 * Math.sin(y * 260) * (0.4 + deep)
    return mixed(air(x + ripple, Math.max(0.02, shore - (y - shore) * 1.6)), [38, 60, 92], 0.25 + deep * 0.35)
  })
}

const looks: Readonly<Record<string, { ground: Colour; skin: Colour; hair: Colour; coat: Colour }>> = {
  alice: { ground: [244, 205, 150], skin: [236, 188, 156], hair: [120, 62, 36], coat: [46, 110, 118] },
  bob: { ground: [176, 208, 196], skin: [150, 104, 76], hair: [38, 30, 30], coat: [204, 108, 62] },
}

/** Somebody from the front: hair, face and coat. */
export function portrait(who: 'alice' | 'bob', size: number): Buffer {
  const { ground, skin, hair, coat } = looks[who] ?? (looks['alice'] as never)
  return drawn(size, size, (x, y) => {
    const face = Math.hypot((x - 0.5) / 0.17, (y - 0.44) / 0.21)
    const head = Math.hypot((x - 0.5) / 0.23, (y - 0.39) / (who === 'alice' ? 0.27 : 0.22))
    if (face < 1 && y > 0.34) return skin
    if (head < 1) return hair
    if (Math.abs(x - 0.5) < 0.07 && y > 0.5 && y < 0.72) return mixed(skin, hair, 0.2)
    return Math.hypot((x - 0.5) / 0.38, (y - 1.05) / 0.38) < 1 ? coat : ground
  })
}
