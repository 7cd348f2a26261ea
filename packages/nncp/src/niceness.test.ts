import { describe, expect, it } from 'vitest'
import { formatNiceness, isNiceness, parseNiceness } from './niceness.ts'

describe('niceness', () => {
  // Left to right: what nncp-file -nice of NNCP 8.8.2 made of it.
  it.each([
    ['F', 32],
    ['f-31', 1],
    ['FLASH+3', 35],
    ['F+32', 64],
    ['p', 96],
    ['Priority-2', 94],
    ['PRIORITY+5', 101],
    ['P+05', 101],
    ['P-31', 65],
    ['N', 160],
    ['normal+32', 192],
    ['N+0', 160],
    ['BULK', 224],
    ['b+30', 254],
    ['B+31', 255],
    ['MAX', 255],
    ['MAX-1', 254],
    ['max', 255],
    ['255', 255],
    ['1', 1],
    ['007', 7],
  ])('reads %j as %d', (text, niceness) => {
    expect(parseNiceness(text)).toBe(niceness)
  })

  // All refused by NNCP as well, but for `MAX+1`, which wraps around to 0 there, and `+5`, which it takes for 5.
  it.each([
    '',
    '0',
    '256',
    '-1',
    '+5',
    'F-32',
    'F+33',
    'P-33',
    'B+32',
    'MAX+1',
    'MAX-32',
    'M',
    'p+x',
    'P +1',
    'P+5 ',
    ' P',
    '++5',
    'P+-5',
    '0x10',
    '1e2',
    '1.5',
    '٣',
    'FLASHY',
    '99999999999999999999',
    'constructor',
  ])('refuses %j', text => {
    expect(parseNiceness(text)).toBeUndefined()
  })

  it('names every value so that the name reads as that value', () => {
    for (let niceness = 1; niceness <= 255; niceness += 1)
      expect(parseNiceness(formatNiceness(niceness))).toBe(niceness)
  })

  // The table of the manual, "Niceness".
  it.each([
    [1, 'F-31'],
    [2, 'F-30'],
    [32, 'F'],
    [33, 'F+1'],
    [64, 'F+32'],
    [65, 'P-31'],
    [96, 'P'],
    [97, 'P+1'],
    [128, 'P+32'],
    [129, 'N-31'],
    [160, 'N'],
    [192, 'N+32'],
    [193, 'B-31'],
    [224, 'B'],
    [225, 'B+1'],
    [255, 'MAX'],
    [0, '0'],
    [256, '256'],
  ])('names %d %j', (niceness, name) => {
    expect(formatNiceness(niceness)).toBe(name)
  })

  it('is a whole number from 1 to 255', () => {
    expect([0, 1, 255, 256, 1.5, Number.NaN].map(isNiceness)).toEqual([false, true, true, false, false, false])
  })
})
