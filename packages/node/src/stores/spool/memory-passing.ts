import { spoolLimits } from './limits.ts'
import type { MemoryOutbox } from './memory-outbox.ts'
import type { MemoryState } from './memory-state.ts'
import type { PassedLetter, Passing } from './passing.ts'

export function memoryPassing(state: MemoryState, outbox: MemoryOutbox): Passing {
  return {
    page: async limit => state.passed.slice(0, limit),
    async told(numbers, packets) {
      outbox.insert(packets)
      state.passed = state.passed.filter(({ number }) => !numbers.includes(number))
    },
  }
}

export function addPassed(state: MemoryState, letter: Omit<PassedLetter, 'number'>): void {
  state.lastPassed += 1
  state.passed.push({ ...letter, number: state.lastPassed })
  state.passed = state.passed.slice(-spoolLimits.passedMax)
}
