/** The shape of a voice note, as bars between 0 and 1. */
export function peaksOf(samples: ArrayLike<number>, bars: number): readonly number[] {
  const step = samples.length / bars
  const heights = Array.from({ length: bars }, (_, bar) => {
    let sum = 0
    let count = 0
    // A thousand samples of each bar show its loudness as well as all of them.
    const stride = Math.max(1, Math.floor(step / 1000))
    for (let at = Math.floor(bar * step); at < Math.floor((bar + 1) * step); at += stride) {
      sum += (samples[at] ?? 0) ** 2
      count += 1
    }
    return count === 0 ? 0 : Math.sqrt(sum / count)
  })
  const top = Math.max(...heights)
  return top === 0 ? heights : heights.map(height => height / top)
}
