/** Medians and percentiles of a run, and how they are printed. */

export function median(values: readonly number[]): number {
  return percentile(values, 50)
}

export function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))] ?? Number.NaN
}

export function show(name: string, value: number, unit: string): void {
  process.stdout.write(`${name.padEnd(56)} ${value.toFixed(value < 100 ? 2 : 0).padStart(9)} ${unit}\n`)
}
