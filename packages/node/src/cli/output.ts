/** What the command line says to people (tables, words, bars) and to scripts (JSON). */
import { renderUnicodeCompact } from 'uqr'
import type { Progress } from '../node/operations/types.ts'

export interface Output {
  /** For people, on standard output. */
  say(text: string): void
  /** One JSON document on standard output. */
  json(value: unknown): void
  /** Progress and remarks, on standard error. */
  remark(text: string): void
  /** Redraws one line on standard error; nothing where that is no terminal. */
  readonly progress: (step: Progress) => void
  /** The same for work that is no packets; `share` from 0 to 1. */
  readonly progressShare: (phase: string, share: number) => void
  progressDone(): void
}

export function standardOutput(): Output {
  let drawn = false
  const erase = () => {
    if (drawn) process.stderr.write('\r\x1b[K')
    drawn = false
  }
  const draw = (line: string) => {
    if (!process.stderr.isTTY) return
    process.stderr.write(`\r\x1b[K${line}`)
    drawn = true
  }
  return {
    say: text => void process.stdout.write(`${text}\n`),
    json: value => void process.stdout.write(`${JSON.stringify(value, null, 2)}\n`),
    remark: text => {
      erase()
      process.stderr.write(`${text}\n`)
    },
    progress: step => draw(progressLine(step)),
    progressShare: (phase, share) => draw(`${phase}: ${bar(share)}`),
    progressDone: erase,
  }
}

const barCharacters = 24

function progressLine(step: Progress): string {
  const amount = `${step.packets} ${step.unit ?? 'packets'}, ${formatBytes(step.bytes)}`
  if (step.bytesTotal === null || step.bytesTotal === 0) return `${step.phase}: ${amount}`
  return `${step.phase}: ${bar(step.bytes / step.bytesTotal)}, ${amount} of ${formatBytes(step.bytesTotal)}`
}

function bar(of: number): string {
  const share = Math.min(1, of)
  const filled = Math.round(share * barCharacters)
  return `[${'#'.repeat(filled)}${'.'.repeat(barCharacters - filled)}] ${Math.floor(share * 100)} %`
}

/** Columns as wide as their widest cell; the last one unpadded. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((cell, at) => Math.max(cell.length, ...rows.map(row => row[at]?.length ?? 0)))
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd()
  return [line(head), ...rows.map(line)].join('\n')
}

export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  let value = bytes
  let unit = 0
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024
    unit += 1
  }
  return unit === 0 ? `${bytes} B` : `${value.toFixed(value < 10 ? 1 : 0)} ${units[unit]}`
}

export function qrCode(text: string): string {
  return renderUnicodeCompact(text, { ecc: 'L', border: 1 })
}

/** How long ago: `3 d`. */
export function formatAge(iso: string): string {
  const seconds = Math.max(0, Math.floor((Date.now() - Date.parse(iso)) / 1000))
  if (seconds < 120) return `${seconds} s`
  if (seconds < 7200) return `${Math.floor(seconds / 60)} min`
  if (seconds < 172_800) return `${Math.floor(seconds / 3600)} h`
  return `${Math.floor(seconds / 86_400)} d`
}

/** `never`, or a time that people can read, in UTC. */
export function formatTime(iso: string | null): string {
  return iso === null ? 'never' : `${iso.slice(0, 16).replace('T', ' ')} UTC`
}
