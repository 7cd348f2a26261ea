/** The header of a message: how long it is, and its text up to a limit. */
import { binaryOf } from '../grammar/bytes.ts'
import { type LineListener, type ScannedLine, scanLines } from './lines.ts'

const LF = 10
const CR = 13

export interface Head {
  /** Whole lines of the header, without the blank line; cut at the limit. */
  readonly text: string
  /** Where the body begins: after the blank line, or at the end of a message that has none. */
  readonly bodyStart: number
}

/** As a store notes it with the message. */
export interface NotedHead extends Head {
  /** BODYSTRUCTURE as FETCH answers it; null when it is not noted. */
  readonly structure: string | null
}

class HeadListener implements LineListener {
  readonly #bytesMax: number
  text = ''
  bodyStart: number | undefined

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  keepBytes(): number {
    // Never fewer than a blank line has.
    return Math.max(this.#bytesMax - this.text.length, 2)
  }

  line(line: ScannedLine): boolean {
    if (line.end - line.start === line.terminatorBytes) {
      this.bodyStart = line.end
      return false
    }
    if (this.text.length + line.end - line.start <= this.#bytesMax) this.text += line.kept
    return true
  }
}

export async function headOf(stream: AsyncIterable<Uint8Array>, bytesMax: number): Promise<Head> {
  const listener = new HeadListener(bytesMax)
  const seen = await scanLines(stream, listener)
  return { text: listener.text, bodyStart: listener.bodyStart ?? seen }
}

/** The header if it ends within these first bytes of a message, and is within the limit as a whole. */
export function headIn(start: Uint8Array, bytesMax: number): Head | undefined {
  let line = 0
  for (let at = start.indexOf(LF); at !== -1; at = start.indexOf(LF, line)) {
    if (at === line || (at === line + 1 && start[line] === CR)) {
      return line > bytesMax ? undefined : { text: binaryOf(start.subarray(0, line)), bodyStart: at + 1 }
    }
    line = at + 1
  }
  return undefined
}
