import { spoolLimits } from './limits.ts'
import type { MemoryCustody } from './memory-custody.ts'
import type { MemoryOutbox } from './memory-outbox.ts'
import type { MemoryState } from './memory-state.ts'
import type { PassedLetter, Passing } from './passing.ts'

export function memoryPassing(state: MemoryState, outbox: MemoryOutbox, custody: MemoryCustody): Passing {
  return {
    page: async limit => state.passed.slice(0, limit),
    async told(numbers, packets) {
      outbox.insert(packets)
      state.passed = state.passed.filter(({ number }) => !numbers.includes(number))
    },
    async ofRelay(node, packet) {
      const wrapped = [...state.packetRelays.values()].find(one => one.node === node && one.packet === packet)
      const roads = [...(custody.letters.get(packet)?.roads.keys() ?? [])]
      return wrapped?.letter ?? (roads.some(road => road.split(' ').at(-1) === node) ? packet : undefined)
    },
  }
}

export function addPassed(state: MemoryState, letter: Omit<PassedLetter, 'number'>): void {
  state.lastPassed += 1
  state.passed.push({ ...letter, number: state.lastPassed })
  state.passed = state.passed.slice(-spoolLimits.passedMax)
}
