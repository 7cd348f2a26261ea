/** The conversations of Delta Chat's cores, as they were recorded. */
import { expect, test } from 'vitest'
import { converseInPieces, letter, type Script, testAccount } from './testing/conversation.ts'

const CAPABILITIES = 'IMAP4rev1 IDLE … XCHATMAIL … AUTH=PLAIN'
const PREFETCH = [
  'MESSAGE-ID DATE X-MICROSOFT-ORIGINAL-MESSAGE-ID FROM CONTENT-TYPE SECURE-JOIN',
  'CHAT-VERSION CHAT-IS-POST-MESSAGE AUTOCRYPT-SETUP-MESSAGE',
].join(' ')
const VENDOR_ENTRIES = ['irohrelay', 'turn', 'maxsmtprecipients'].map(name => `/shared/vendor/deltachat/${name}`)
const VENDOR_VALUES = VENDOR_ENTRIES.map(name => `"${name}" NIL`).join(' ')

const start = `
  S: * OK Posthorn ready
  C: A0001 LOGIN "alice@camp.alt" "pw"
  S: A0001 OK [CAPABILITY ${CAPABILITIES}] Logged in
  C: A0002 ID ("name" "Delta Chat")
  S: * ID ("name" "Posthorn")
  S: A0002 OK ID completed
`

const uidNext = (next: number, modseq: number) => `S: * OK [UIDNEXT ${next}] Predicted next UID
  S: * OK [HIGHESTMODSEQ ${modseq}] Highest
`

const emptyInbox = `
  S: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)
  S: * OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft \\*)] Flags permitted
  S: * 0 EXISTS
  S: * 0 RECENT
  S: * OK [UIDVALIDITY 1700000000] UIDs valid
`

test('a first login, one message, its deletion and the next wait (core 2.57)', async () => {
  const server = (): Script => {
    const account = testAccount({ holding: true, limitBytes: 104_857_600 })
    account.deliver(letter('early'))
    return { account, actions: { 'deliver late': () => account.deliver(letter('late')) } }
  }
  await converseInPieces(
    `${start}
    C: A0003 GETQUOTAROOT "INBOX"
    S: * QUOTAROOT "INBOX" "User quota"
    S: * QUOTA "User quota" (STORAGE 0 102400)
    S: A0003 OK Getquotaroot completed
    C: A0004 GETMETADATA "" (/shared/comment /shared/admin ${VENDOR_ENTRIES.join(' ')})
    S: * METADATA "" ("/shared/comment" "Node camp" "/shared/admin" NIL ${VENDOR_VALUES})
    S: A0004 OK Getmetadata completed
    C: A0005 SELECT "INBOX"
    ${emptyInbox}
    ${uidNext(1, 1)}
    S: A0005 OK [READ-WRITE] Select completed
    C: A0006 UID FETCH 1:500 (UID RFC822.SIZE BODY.PEEK[HEADER.FIELDS (${PREFETCH})])
    S: A0006 OK Fetch completed
    C: A0007 IDLE
    S: + idling
    S: * 1 EXISTS
    C: DONE
    S: A0007 OK Idle completed
    C: A0008 UID FETCH 1:500 (UID RFC822.SIZE BODY.PEEK[HEADER.FIELDS (${PREFETCH})])
    S: * 1 FETCH (UID 1 RFC822.SIZE 141 BODY[HEADER.FIELDS (${PREFETCH})] {98}
    S: From: Bob <bob@camp.alt>
    S: Date: Thu, 19 Nov 2026 01:56:14 +0000
    S: Message-ID: <early@localhost>
    S:${' '}
    S: )
    S: A0008 OK Fetch completed
    C: A0009 UID FETCH 1 (FLAGS BODY.PEEK[])
    S: * 1 FETCH (UID 1 FLAGS () BODY[] {141}
    S: From: Bob <bob@camp.alt>
    S: To: alice@camp.alt
    S: Subject: early
    S: Date: Thu, 19 Nov 2026 01:56:14 +0000
    S: Message-ID: <early@localhost>
    S:${' '}
    S: Hello
    S: )
    S: A0009 OK Fetch completed
    C: A0010 UID STORE 1 +FLAGS (\\Deleted)
    S: * 1 FETCH (UID 1 FLAGS (\\Deleted))
    S: A0010 OK Store completed
    C: A0011 CLOSE
    S: A0011 OK Close completed
    C: A0012 SELECT "INBOX"
    ${emptyInbox}
    ${uidNext(2, 4)}
    S: A0012 OK [READ-WRITE] Select completed
    C: A0013 IDLE
    S: + idling
    !: deliver late
    S: * 1 EXISTS
    C: DONE
    S: A0013 OK Idle completed
    C: A0014 UID FETCH 3:502 (FLAGS)
    S: A0014 OK Fetch completed
    C: A0015 UID FETCH 2 (FLAGS)
    S: * 1 FETCH (UID 2 FLAGS ())
    S: A0015 OK Fetch completed
    `,
    server,
  )
})

test('older cores: CONDSTORE guessed, folders made, moved and watched, sync messages appended', async () => {
  const server = (): Script => {
    const account = testAccount()
    account.deliver(letter('one'))
    return { account }
  }
  await converseInPieces(
    `${start}
    C: A0003 CAPABILITY
    S: * CAPABILITY ${CAPABILITIES}
    S: A0003 OK Capability completed
    C: A0004 LIST "" *
    S: * LIST (\\HasNoChildren \\Drafts) "/" "Drafts"
    S: * LIST (\\HasNoChildren) "/" "INBOX"
    S: * LIST (\\HasNoChildren \\Sent) "/" "Sent"
    S: * LIST (\\HasNoChildren \\Trash) "/" "Trash"
    S: A0004 OK List completed
    C: A0005 EXAMINE "DeltaChat"
    S: A0005 NO [NONEXISTENT] There is no such folder
    C: A0006 CREATE "DeltaChat"
    S: A0006 OK Create completed
    C: A0007 SUBSCRIBE "DeltaChat"
    S: A0007 OK Subscribe completed
    C: A0008 SELECT "INBOX" (CONDSTORE)
    S: * FLAGS …
    S: * OK [PERMANENTFLAGS …
    S: * 1 EXISTS
    S: * 0 RECENT
    S: * OK [UNSEEN 1] First unseen
    S: * OK [UIDVALIDITY 1700000000] UIDs valid
    ${uidNext(2, 2)}
    S: A0008 OK [READ-WRITE] Select completed
    C: A0009 UID FETCH 1:* (FLAGS) (CHANGEDSINCE 1)
    S: * 1 FETCH (UID 1 FLAGS () MODSEQ (2))
    S: A0009 OK Fetch completed
    C: A0010 UID FETCH 1:500 (UID INTERNALDATE RFC822.SIZE)
    S: * 1 FETCH (UID 1 INTERNALDATE "21-Nov-2026 20:57:05 +0000" RFC822.SIZE 137)
    S: A0010 OK Fetch completed
    C: A0011 UID SEARCH FROM "bob@camp.alt"
    S: * SEARCH 1
    S: A0011 OK Search completed
    C: A0012 UID MOVE 1 "DeltaChat"
    S: * OK [COPYUID 1700000004 1 1] Moved
    S: * 1 EXPUNGE
    S: A0012 OK Move completed
    C: A0013 APPEND "DeltaChat" (\\Seen) {6}
    S: + OK
    C: A: b
    C:${' '}
    S: A0013 OK [APPENDUID 1700000004 2] Append completed
    C: A0014 STATUS "INBOX" (UIDNEXT)
    S: * STATUS "INBOX" (UIDNEXT 2)
    S: A0014 OK Status completed
    C: A0015 SETMETADATA "INBOX" (/private/devicetoken {3+}
    C: abc)
    S: A0015 NO [CANNOT] This node does not push through the Internet
    C: A0016 COMPRESS DEFLATE
    S: A0016 NO [CANNOT] This compression is not on offer
    C: A0017 EXPUNGE
    S: A0017 OK Expunge completed
    C: A0018 NOOP
    S: A0018 OK Noop completed
    C: A0019 LOGOUT
    S: * BYE Logging out
    S: A0019 OK Logout completed
    S: <close>
    `,
    server,
  )
})

test('mail held back comes at the first IDLE of Delta Chat, and before SELECT for others', async () => {
  const held = () => {
    const account = testAccount({ holding: true })
    account.deliver(letter('early'))
    return { account }
  }
  await converseInPieces(
    `S: * OK …
    C: 1 LOGIN alice@camp.alt pw
    S: 1 OK …
    C: 2 STATUS inbox (MESSAGES UNSEEN)
    S: * STATUS "INBOX" (MESSAGES 1 UNSEEN 1)
    S: 2 OK …
    `,
    held,
  )
  await converseInPieces(
    `${start}
    C: 1 SELECT Drafts
    S: * FLAGS …
    S: * OK [PERMANENTFLAGS …
    S: * 0 EXISTS
    S: * 0 RECENT
    S: * OK [UIDVALIDITY …
    S: * OK [UIDNEXT 1] …
    S: * OK [HIGHESTMODSEQ 1] …
    S: 1 OK …
    C: 2 IDLE
    S: + idling
    C: DONE
    S: 2 OK Idle completed
    C: 3 STATUS INBOX (MESSAGES)
    S: * STATUS "INBOX" (MESSAGES 0)
    S: 3 OK …
    `,
    held,
  )
  const { account } = held()
  expect(account.held).toBe(1)
})

test('the store is told when Delta Chat sits in INBOX, at each IDLE, and of no other client and folder', async () => {
  const wait = (tag: string) => `C: ${tag} IDLE\n    S: + idling\n    C: DONE\n    S: ${tag} OK Idle completed`
  const open = (tag: string, folder: string, closed = '') => `C: ${tag} SELECT ${folder}${closed}
    S: * FLAGS …
    S: * OK [PERMANENTFLAGS …
    S: * 0 EXISTS
    S: * 0 RECENT
    S: * OK [UIDVALIDITY …
    S: * OK [UIDNEXT 1] …
    S: * OK [HIGHESTMODSEQ 1] …
    S: ${tag} OK …`
  const seen: number[] = []
  const server = () => {
    const place = seen.push(0) - 1
    const seenByChat = async () => {
      seen[place] = (seen[place] ?? 0) + 1
      throw new Error('a store in trouble ends no connection')
    }
    return { account: Object.assign(testAccount({}), { seenByChat }) }
  }
  const chat = [
    open('1', 'Drafts'),
    wait('2'),
    open('3', 'INBOX', '\n    S: * OK [CLOSED] …'),
    wait('4'),
    wait('5'),
  ].join('\n    ')
  await converseInPieces(`${start}\n    ${chat}\n`, server)
  expect(new Set(seen)).toEqual(new Set([2]))
  seen.length = 0
  const login = 'S: * OK …\n    C: 0 LOGIN alice@camp.alt pw\n    S: 0 OK …'
  await converseInPieces(`${[login, open('1', 'INBOX'), wait('2')].join('\n    ')}\n`, server)
  expect(new Set(seen)).toEqual(new Set([0]))
})
