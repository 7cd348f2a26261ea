import { describe, expect, test } from 'vitest'
import { inOrder } from '../in-order.ts'
import { orderedSubject } from './ordered-subject.ts'
import { referenceThreads } from './references.ts'
import type { Threadable, ThreadNode } from './thread.ts'
import { threadsText } from './thread-text.ts'

const breathe = async () => {}

type Letter = Partial<Threadable> & { id?: string; refs?: string }

/** Numbered from 1; sent in their order unless said otherwise. */
function letters(given: readonly Letter[]): Threadable[] {
  return given.map(({ id, refs, ...more }, at) => ({
    number: at + 1,
    order: at,
    sentAt: at,
    subject: '',
    isReply: false,
    messageId: id ?? '',
    references: refs ?? '',
    ...more,
  }))
}

async function references(...given: Letter[]): Promise<string> {
  return referencesOf(given)
}

async function referencesOf(given: readonly Letter[]): Promise<string> {
  return threadsText(await referenceThreads(letters(given), breathe), breathe)
}

function node(number: number, ...children: ThreadNode[]): ThreadNode {
  const [message] = letters([{ number }])
  return { message: number === 0 ? undefined : message, children }
}

test('threads as RFC 5256 section 4 writes them', async () => {
  const text = await threadsText([node(2), node(3, node(6, node(4, node(23)), node(44, node(7, node(96)))))], breathe)
  expect(text).toBe('(2)(3 6 (4 23)(44 7 96))')
  expect(await threadsText([node(0, node(3), node(5))], breathe)).toBe('((3)(5))')
  expect(await threadsText([node(0, node(3, node(4), node(6)), node(5))], breathe)).toBe('((3 (4)(6))(5))')
  expect(await threadsText([], breathe)).toBe('')
})

test('ORDEREDSUBJECT: threads by their first message, messages by date', async () => {
  const given = letters([
    { subject: 'B', sentAt: 5 },
    { subject: 'A', sentAt: 3 },
    { subject: 'B', sentAt: 1 },
    { subject: 'A', sentAt: 9 },
    { subject: 'A', sentAt: 4 },
    { subject: '', sentAt: 2 },
    { subject: '', sentAt: 8 },
  ])
  expect(await threadsText(await orderedSubject(given, breathe), breathe)).toBe('(3 1)(6 7)(2 (5)(4))')
})

describe('REFERENCES', () => {
  test('chains and branches', async () => {
    expect(
      await references({ id: 'a' }, { id: 'b', refs: 'a' }, { id: 'c', refs: 'a b' }, { id: 'd', refs: 'a' }),
    ).toBe('(1 (2 3)(4))')
  })

  test('a parent that is not there holds its children together; a lonely one is left out', async () => {
    expect(await references({ id: 'a', refs: 'x' }, { id: 'b', refs: 'x' })).toBe('((1)(2))')
    expect(await references({ id: 'a', refs: 'x y' }, { id: 'b' })).toBe('(1)(2)')
    // The place below gives its children to the one above.
    expect(await references({ id: 'a' }, { id: 'b', refs: 'a x' }, { id: 'c', refs: 'a x' })).toBe('(1 (2)(3))')
  })

  test('children that came before their parents', async () => {
    expect(await references({ id: 'c', refs: 'a b' }, { id: 'b', refs: 'a' }, { id: 'a' })).toBe('(3 2 1)')
  })

  test('the message itself knows its parent best', async () => {
    expect(await references({ id: 'a' }, { id: 'c', refs: 'a b' }, { id: 'b', refs: 'z' }, { id: 'z' })).toBe(
      '(1)(4 3 2)',
    )
  })

  test('two messages of one id: the first has it', async () => {
    expect(await references({ id: 'a' }, { id: 'a' }, { id: 'b', refs: 'a' })).toBe('(1 3)(2)')
  })

  test('loops are not made', async () => {
    expect(await references({ id: 'a', refs: 'a' })).toBe('(1)')
    expect(await references({ id: 'a', refs: 'b' }, { id: 'b', refs: 'a' })).toBe('(2 1)')
    expect(await references({ id: 'a', refs: 'b c' }, { id: 'b', refs: 'c a' }, { id: 'c', refs: 'a b' })).toMatch(
      /^\(/,
    )
  })

  test('siblings and threads by date', async () => {
    const given = [
      { id: 'a', sentAt: 9 },
      { id: 'b', refs: 'a', sentAt: 5 },
      { id: 'c', refs: 'a', sentAt: 2 },
    ]
    expect(await references(...given, { id: 'd', sentAt: 1 })).toBe('(4)(1 (3)(2))')
  })

  test('threads of one subject are put together', async () => {
    const reply = { subject: 'S', isReply: true }
    expect(await references({ subject: 'S' }, reply)).toBe('(1 2)')
    expect(await references(reply, { subject: 'S' })).toBe('(2 1)')
    expect(await references({ subject: 'S' }, { subject: 'S' })).toBe('((1)(2))')
    expect(await references({ subject: 'S' }, { subject: 'S' }, { subject: 'S' }, reply)).toBe('((1)(2)(3)(4))')
    expect(await references(reply, reply)).toBe('((1)(2))')
    // Two places without messages become one.
    const first = [{ refs: 'x', subject: 'S' }, { refs: 'x' }]
    expect(await references(...first, { refs: 'y', subject: 'S' }, { refs: 'y' })).toBe('((1)(2)(3)(4))')
    expect(await references(...first, { subject: 'S' })).toBe('((1)(2)(3))')
  })

  test('100,000 replies, each to the one before, in either order', async () => {
    const chain = Array.from({ length: 100_000 }, (_, at) => ({
      id: `${at}`,
      ...(at > 0 ? { refs: `${at - 1}` } : {}),
    }))
    expect(await referencesOf(chain)).toMatch(/^\(1 2 3 [\d ]+ 100000\)$/)
    const backward = Array.from({ length: 100_000 }, (_, at) => ({ id: `${at}`, refs: `${at + 1}` }))
    expect(await referencesOf(backward)).toMatch(/^\(100000 99999 [\d ]+ 1\)$/)
  })

  test('references made up to take long: many strangers, deep families, parents that change', async () => {
    const many = Array.from({ length: 3000 }, (_, at) => {
      const refs = Array.from({ length: 100 }, (_, n) => `s${(at * 100 + n) % 290_000}`).join(' ')
      return { id: `m${at}`, refs }
    })
    await referencesOf(many)
    const changing = Array.from({ length: 20_000 }, (_, at) => {
      return { id: `${at}`, refs: `${(at * 7919) % 20_000} ${(at * 104_729) % 20_000} ${at + 1}` }
    })
    const numbers = (await referencesOf(changing)).match(/\d+/g) ?? []
    expect(new Set(numbers).size).toBe(20_000)
  })
})

test('sorting in runs is stable and complete', async () => {
  const items = Array.from({ length: 20_001 }, (_, at) => ({ at, value: (at * 7919) % 101 }))
  const sorted = await inOrder(items, (one, other) => one.value - other.value, breathe)
  expect(sorted).toEqual([...items].sort((one, other) => one.value - other.value))
  expect(await inOrder([], () => 0, breathe)).toEqual([])
})
