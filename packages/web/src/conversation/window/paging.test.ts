import { describe, expect, test } from 'vitest'
import { paging, tooFar, wanted } from './paging.ts'

const ids = Array.from({ length: 50_000 }, (_, index) => index * 2 + 2)
const none = () => false

describe('what is asked for', () => {
  test('what is shown comes first, then what is around it, never more than a page', () => {
    const asked = wanted(ids, { first: 1000, last: 1019 }, none)
    expect(asked).toHaveLength(paging.pageRows)
    expect(asked.slice(0, 20)).toEqual(ids.slice(1000, 1020))
    expect(asked).toContain(ids[999])
    expect(asked).toContain(ids[1020])
  })

  test('what is here or on its way is not asked for again', () => {
    expect(wanted(ids, { first: 1000, last: 1019 }, () => true)).toEqual([])
    const here = new Set(ids.slice(940, 1060))
    expect(wanted(ids, { first: 1000, last: 1019 }, id => here.has(id))).toEqual([])
    expect(wanted(ids, { first: 1040, last: 1059 }, id => here.has(id)).length).toBeGreaterThan(30)
  })

  test('at both ends there is nothing beyond', () => {
    expect(wanted(ids.slice(0, 5), { first: 0, last: 4 }, none)).toHaveLength(5)
    expect(wanted([], { first: 0, last: 0 }, none)).toEqual([])
    const here = new Set(ids.slice(1, 100))
    expect(wanted(ids, { first: 10, last: 30 }, id => here.has(id))).toEqual([ids[0]])
  })
})

test('what is farthest from the screen is let go', () => {
  const places = new Map(ids.map((id, index) => [id, index]))
  const loaded = ids.slice(0, paging.keepRows + 50)
  const gone = tooFar(places, loaded, { first: 0, last: 20 })
  expect(new Set(gone)).toEqual(new Set(ids.slice(paging.keepRows, paging.keepRows + 50)))
  expect(tooFar(places, loaded.slice(0, paging.keepRows), { first: 0, last: 20 })).toEqual([])
  const stray = [999_999, ...loaded.slice(0, paging.keepRows)]
  expect(tooFar(places, stray, { first: 0, last: 20 })).toEqual([999_999])
})
