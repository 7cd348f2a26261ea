/** As they stand, the same in every run; `npm run fuzz` tries many times more, others each time. */
export function tries(numRuns: number, seed: number): { numRuns: number; seed?: number } {
  const times = Number(process.env['FUZZ_TIMES'] ?? 1)
  return times > 1 ? { numRuns: numRuns * times } : { numRuns, seed }
}
