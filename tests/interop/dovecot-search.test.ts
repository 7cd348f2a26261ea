/**
 * SEARCH, SORT and THREAD over the same letters, asked of Posthorn and of Dovecot: before anything is noted of them,
 * when they are read, and after.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { corpusLetter } from '../support/corpus.ts'
import { DovecotMail, dovecotInstalled } from '../support/dovecot-pipe.ts'
import { OwnMail } from '../support/own-imap.ts'

const letterCount = 400
const binary = (text: string) => Buffer.from(text, 'utf8').toString('latin1')

const searches = [
  'SUBJECT harbour',
  'SUBJECT "RE: "',
  'SUBJECT re',
  `CHARSET UTF-8 SUBJECT "${binary('ÜBERMUT')}"`,
  `CHARSET UTF-8 SUBJECT ${binary('"für ü"')}`,
  'FROM alice',
  'FROM "dave"',
  `CHARSET UTF-8 FROM "${binary('böhm')}"`,
  `CHARSET UTF-8 FROM "${binary('ФЁДОР')}"`,
  `CHARSET UTF-8 TO "${binary('é')}"`,
  'TO example.org',
  'NOT TO ""',
  'CC carol',
  'CC x',
  'BCC ""',
  'HEADER X-Odd ""',
  'HEADER X-Odd bread',
  'HEADER Message-ID letter-7',
  'HEADER References missing',
  'HEADER Received relay3',
  'BODY number17',
  'BODY "number3 "',
  'BODY message',
  `CHARSET UTF-8 BODY "${binary('GRÜSSE AUS')}"`,
  `CHARSET UTF-8 BODY "${binary('grüße')}"`,
  `CHARSET UTF-8 TEXT "${binary('ålesund')}"`,
  'TEXT radio',
  'TEXT relay5',
  'TEXT zz',
  'OR SUBJECT bread BODY "solar panel"',
  'NOT TEXT message FROM x',
  '10:200 (OR CC x SUBJECT storm) NOT BODY camp',
  'SENTON 5-Mar-2023',
  // Without a Date we go by the day it came, Dovecot by 1970.
  'SENTSINCE 1-Jan-2024 HEADER Date ""',
  'SENTBEFORE 1-Jan-2021 HEADER Date ""',
  'SINCE 13-Nov-2026',
  'BEFORE 12-Nov-2026',
  'ON 12-Nov-2026',
  'LARGER 1500 SMALLER 2000',
  'OLDER 864000',
  'YOUNGER 864000',
  'UID 5:9,*',
]
const sorts = [
  '(ARRIVAL)',
  '(DATE)',
  '(REVERSE DATE)',
  '(SUBJECT DATE)',
  '(REVERSE SUBJECT REVERSE DATE)',
  '(FROM SUBJECT)',
  '(TO ARRIVAL)',
  '(CC SIZE)',
  '(SIZE)',
  '(DISPLAYFROM DATE)',
  '(DISPLAYTO REVERSE SIZE)',
]

describe.skipIf(!dovecotInstalled)('the same letters in Posthorn and in Dovecot', () => {
  let own: OwnMail
  let dovecot: DovecotMail

  beforeAll(async () => {
    const now = Math.floor(Date.now() / 1000)
    const letters = Array.from({ length: letterCount }, (_, at) => {
      return { bytes: corpusLetter(at + 1), internalDate: now - ((at * 7919) % 20) * 86_400 - 3600 }
    })
    own = await OwnMail.make(letters)
    dovecot = await DovecotMail.make(letters)
    await own.ask('LOGIN a b')
    for (const server of [own, dovecot]) await server.ask('EXAMINE INBOX')
  })
  afterAll(async () => {
    await own?.remove()
    await dovecot?.remove()
  })

  const same = async (command: string) => {
    const answer = async (server: OwnMail | DovecotMail) => (await server.ask(command)).map(line => line.trimEnd())
    expect(await answer(own), command).toEqual(await answer(dovecot))
  }
  const sameOfAll = () => {
    it.each(searches)('SEARCH %s', keys => same(`SEARCH ${keys}`))
    it.each(sorts)('SORT %s', keys => same(`SORT ${keys} UTF-8 ALL`))
    it.each(['ORDEREDSUBJECT', 'REFERENCES'])('THREAD %s', async algorithm => {
      await same(`THREAD ${algorithm} UTF-8 ALL`)
      await same(`UID THREAD ${algorithm} US-ASCII 3:90 NOT SUBJECT storm`)
    })
  }
  describe('when they are read', sameOfAll)
  describe('when they are noted', () => {
    beforeAll(() => own.noteAll())
    sameOfAll()
  })
})
