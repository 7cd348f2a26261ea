import { describe, expect, it } from 'vitest'
import { openLog, shortLine } from './log.ts'

describe('the log', () => {
  const lines: string[] = []
  const log = openLog({ level: 'info', destination: { write: line => void lines.push(line) } })

  it('writes a static message with fields, and those of the room', () => {
    log.with({ room: 'courier' }).warn('a packet came', { packetId: 'X' })
    log.debug('too much')
    const entry: unknown = JSON.parse(lines.pop() ?? '')
    expect(entry).toMatchObject({ level: 'warn', msg: 'a packet came', room: 'courier', packetId: 'X' })
    expect(lines).toEqual([])
  })

  it('lets nothing through to a terminal but text', () => {
    log.info('named', { name: 'a\x1b[2Jb\r\nc', count: 3 })
    expect(shortLine(lines.pop() ?? '')).toMatch(/^\d\d:\d\d:\d\d info {2}named \(name: a\?\[2Jb\?\?c, count: 3\)\n$/)
  })
})
