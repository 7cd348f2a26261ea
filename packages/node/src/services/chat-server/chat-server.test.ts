import { symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { type Clock, systemClock } from '../../base/clock.ts'
import { silentLog } from '../../base/log.ts'
import { chatEngine } from '../chat-engine/index.ts'
import { engineLimits } from '../chat-engine/limits.ts'
import { chatServer } from './index.ts'
import { chatServerLimits } from './limits.ts'
import { chatRig, engineMessage } from './rig.ts'

const until = (check: () => unknown) => vi.waitFor(check, { timeout: 10_000 })
const caller = (user: string) => ({ user, role: 'user', by: { session: user } }) as const
const { signal } = new AbortController()

test('each person gets one account, with a password of its own, and the same again', async () => {
  const { call, accounts, inEngine, fake, valid } = await chatRig()
  fake.answers.set('get_contact_ids', account => [account])
  const all = [call('alice', 'contacts.ids', {}), call('alice', 'contacts.ids', {}), call('bob', 'contacts.ids', {})]
  const [one, again, other] = await Promise.all(all)
  expect(one).toEqual(again)
  expect(other).not.toEqual(one)
  expect(await accounts.list()).toHaveLength(2)
  const { account = 0, proof = '' } = (await accounts.get('alice')) ?? {}
  expect(inEngine.get(account)?.settings.get('ui.posthorn.proof')).toBe(proof)
  expect(inEngine.get(account)?.transport).toMatchObject({
    ...{ addr: 'alice@camp.alt', password: valid.get('alice'), imapPort: 1, imapSecurity: 'plain' },
  })
})

test('it logs in anew for other ports and for a password that was taken back, and not without need', async () => {
  const { call, fake, inEngine, engine, movePorts, valid } = await chatRig()
  fake.answers.set('get_contact_ids', () => [])
  const logins = () => fake.called.filter(method => method === 'add_or_update_transport').length
  await call('alice', 'contacts.ids', {})
  const again = async () => {
    const { ends } = engine.status()
    fake.crash('was ended by SIGKILL')
    await until(() => expect(engine.status()).toMatchObject({ ends: ends + 1, state: 'running' }))
    await call('alice', 'contacts.ids', {})
  }
  await again()
  expect(logins()).toBe(1)
  movePorts({ imapPort: 7, smtpPort: 8 })
  await again()
  expect(logins()).toBe(2)
  valid.clear()
  await again()
  expect(logins()).toBe(3)
  expect(inEngine.get(1)?.transport).toMatchObject({ imapPort: 7, smtpPort: 8, password: valid.get('alice') })
})

test('somebody with too many app passwords is told what to do', async () => {
  const { call } = await chatRig({ passwords: { add: async () => 'too-many' } })
  await expect(call('alice', 'contacts.ids', {})).rejects.toMatchObject({
    ...{ code: 'too-many', retry: 'never', message: expect.stringContaining('remove those of old apps') },
  })
})

test('an account that the engine has lost, or that cannot prove itself, is replaced and never used', async () => {
  const { call, accounts, inEngine, fake } = await chatRig()
  fake.answers.set('get_contact_ids', account => [account])
  inEngine.set(1, { settings: new Map([['ui.posthorn.proof', 'of somebody else']]), transport: undefined })
  await accounts.put('alice', { account: 1, proof: 'mine' })
  expect(await call('alice', 'contacts.ids', {})).toEqual({ ids: [2] })
  expect(inEngine.get(1)?.settings.get('displayname')).toBeUndefined()
  // What did not prove itself is not deleted either.
  expect([...inEngine.keys()]).toEqual([1, 2])
})

test('of somebody who was removed the account goes, while it is used and before the next start', async () => {
  const { call, accounts, inEngine, fake, server } = await chatRig()
  fake.answers.set('get_contact_ids', account => [account])
  await call('alice', 'contacts.ids', {})
  await call('bob', 'contacts.ids', {})
  accounts.removed('alice')
  await server.changed('alice')
  expect([...inEngine.keys()]).toEqual([2])
  expect(await accounts.left()).toEqual([])
  expect(await call('alice', 'contacts.ids', {})).toEqual({ ids: [3] })
})

test('of somebody who is removed while their account is opened nothing stays', async () => {
  let removed = (): void => undefined
  const { call, accounts, inEngine, server } = await chatRig({
    passwords: {
      async add() {
        removed()
        return 'unknown-user'
      },
    },
  })
  let deleted: Promise<void> | undefined
  removed = () => {
    accounts.removed('alice')
    deleted = server.changed('alice')
  }
  await expect(call('alice', 'contacts.ids', {})).rejects.toMatchObject({ code: 'unknown-user' })
  await deleted
  expect([...inEngine.keys()]).toEqual([])
  expect(await accounts.left()).toEqual([])
})

test('a profile that is offered to a second device is left alone, unless the person is removed', async () => {
  const { call, fake, server, accounts, inEngine } = await chatRig()
  fake.answers.set('get_contact_ids', () => [])
  await call('alice', 'contacts.ids', {})
  let end: (taken: null) => void = () => undefined
  fake.answers.set('provide_backup', () => new Promise(resolve => (end = resolve)))
  fake.answers.set('stop_ongoing_process', () => end(null))
  fake.answers.set('get_backup_qr', () => 'DCBACKUP:x')
  const context = { signal, progress: () => undefined }
  await server.handlers['second-device.start']({ where: 'machine' }, caller('alice'), context)
  const logins = () => fake.called.filter(method => method === 'add_or_update_transport').length
  const [before, changed] = [logins(), server.changed('alice')]
  for (let turn = 0; turn < 100; turn += 1) await new Promise(resolve => setImmediate(resolve))
  expect(fake.called.filter(method => method === 'start_io')).toHaveLength(1)
  expect(logins()).toBe(before)
  accounts.removed('alice')
  await server.changed('alice')
  await changed
  expect([...inEngine.keys()]).toEqual([])
})

test('an offer to a second device that a crash ended leaves the account with a login of its own', async () => {
  const { call, fake, inEngine, engine, valid } = await chatRig()
  fake.answers.set('get_contact_ids', () => [])
  await call('alice', 'contacts.ids', {})
  const account = inEngine.get(1) ?? expect.unreachable()
  // As the offer leaves it, whose device may have taken it.
  account.settings.set('sync_msgs', '0')
  account.transport = { ...account.transport, password: 'of the device' }
  valid.set('alice', 'of the device')
  fake.crash('was ended by SIGKILL')
  await until(() => expect(engine.status()).toMatchObject({ ends: 1, state: 'running' }))
  await call('alice', 'contacts.ids', {})
  expect(account.settings.get('sync_msgs')).toBe('1')
  expect(account.transport).toMatchObject({ password: 'password 2' })
})

test('an end of the engine ends calls with `later`; then everybody is told to ask for all again', async () => {
  const { call, fake, told, engine } = await chatRig()
  fake.answers.set('get_contact_ids', () => [11])
  await call('alice', 'contacts.ids', {})
  fake.mute = true
  const calls = [call('alice', 'contacts.ids', {}), call('alice', 'contacts.get', { ids: [11] })]
  await until(() => expect(fake.called).toContain('get_contacts_by_ids'))
  fake.mute = false
  fake.crash('was ended by SIGSEGV')
  for (const each of calls) await expect(each).rejects.toMatchObject({ code: 'engine-ended', retry: 'later' })
  await until(() => expect(told).toContainEqual({ user: 'alice', event: 'chats.all', data: {} }))
  await until(() => expect(engine.status().state).toBe('running'))
  expect(await call('alice', 'contacts.ids', {})).toEqual({ ids: [11] })
})

test('what the engine takes too long for ends for its caller; nobody else waits, and the engine goes on', async () => {
  const late: (() => void)[] = []
  const clock: Clock = {
    now: () => 0,
    sleep: (ms, stop) =>
      new Promise((resolve, reject) => {
        stop.addEventListener('abort', () => reject(new DOMException('x', 'AbortError')))
        if (ms === chatServerLimits.callTimeoutMs) late.push(resolve)
        else if (ms < 1000) resolve()
      }),
  }
  const { call, fake, engine } = await chatRig({ clock })
  fake.answers.set('get_contact_ids', () => [])
  await call('alice', 'contacts.ids', {})
  await call('bob', 'contacts.ids', {})
  late.length = 0
  fake.called.length = 0
  fake.mute = true
  const slow = call('alice', 'contacts.ids', {})
  await until(() => expect(fake.called).toEqual(['get_contact_ids']))
  fake.mute = false
  for (const fire of late) fire()
  await expect(slow).rejects.toMatchObject({ code: 'engine-slow', retry: 'later' })
  expect(await call('bob', 'contacts.ids', {})).toEqual({ ids: [] })
  expect(engine.status().ends).toBe(0)
})

test('a message that is too large to be told of is left out, and the others are shown', async () => {
  const { call, fake } = await chatRig()
  const text = 'x'.repeat(engineLimits.lineBytesMax)
  fake.answers.set('get_messages', (_account, ids: number[]) =>
    Object.fromEntries(ids.map(id => [id, engineMessage(id === 22 ? { id, text } : { id })])),
  )
  const shown = await call('alice', 'messages.get', { ids: [20, 21, 22, 23] })
  expect(shown.map(({ id }) => id)).toEqual([20, 21, 23])
})

test('what the engine says against somebody tells nothing of places on this machine, wherever it is said', async () => {
  const { call, fake, server, told } = await chatRig()
  fake.answers.set('get_contact_ids', () => [])
  await call('alice', 'contacts.ids', {})
  const failing = [
    ...['check_qr', 'provide_backup', 'get_backup_qr', 'get_message', 'get_messages', 'get_existing_msg_ids'],
    'get_contact_ids',
  ]
  for (const method of failing) {
    fake.answers.set(method, () => {
      throw new Error('cannot open /home/me/.posthorn/chat/accounts/x/dc.db: C:\\posthorn\\y')
    })
  }
  fake.answers.set('stop_ongoing_process', () => null)
  const context = { signal, progress: () => undefined }
  const asked = {
    method: () => call('alice', 'invites.check', { link: 'x' }),
    here: () => server.handlers['contacts.here']({}, caller('alice'), context),
    device: () => server.handlers['second-device.start']({ where: 'machine' }, caller('alice'), context),
    letters: () => server.letters('alice', [20], signal),
    files: () => server.files.html('20', caller('alice'), signal),
  }
  for (const [way, ask] of Object.entries(asked)) {
    const refused = await ask().catch((error: Error) => error)
    expect(refused, way).toMatchObject({ code: 'engine-refused', retry: 'never' })
    expect((refused as Error).message, way).toContain('cannot open')
    expect((refused as Error).message, way).not.toMatch(/posthorn|home/)
  }
  // One whose code was shown, and which failed then.
  fake.answers.set('get_backup_qr', () => 'DCBACKUP:x')
  let fail: (error: Error) => void = () => undefined
  fake.answers.set('provide_backup', () => new Promise((_, reject) => (fail = reject)))
  await asked.device()
  fail(new Error('cannot open /home/me/.posthorn/x'))
  await until(() => expect(told.at(-1)).toMatchObject({ data: { state: 'ended' } }))
  expect(JSON.stringify(told)).not.toMatch(/posthorn.x/)
})

test('a file is served only where it lies in the folder of its own account', async () => {
  const { call, fake, server, folder } = await chatRig()
  fake.answers.set('get_contact_ids', () => [])
  await call('alice', 'contacts.ids', {})
  await call('bob', 'contacts.ids', {})
  const [own, others] = [join(folder, '1', 'a.png'), join(folder, '2', 'b.png')]
  for (const path of [own, others]) await writeFile(path, '\x89PNG\r\n\x1a\n', 'latin1')
  await writeFile(join(folder, 'dc.db'), 'secret')
  await symlink(join(folder, 'dc.db'), join(folder, '1', 'c.png'))
  const found = (file: string, key: string) => {
    fake.answers.set('get_message', () => engineMessage({ file, fileName: 'x.png', viewType: 'Image' }))
    return server.files.files(key, caller('alice'), signal)
  }
  expect(await found(own, 'message/20/a.png/x.png')).toMatchObject({ path: own, mime: 'image/png', inline: true })
  expect(await found(others, 'message/20/b.png')).toBeUndefined()
  expect(await found(join(folder, '1', 'c.png'), 'message/20/c.png')).toBeUndefined()
  expect(await found(join(folder, '1', '..', 'dc.db'), 'message/20/dc.db')).toBeUndefined()
  expect(await found(join(folder, '1'), 'message/20/1')).toBeUndefined()
  for (const key of ['message/20/b.png', 'message/0/a.png', 'message/2x/a.png', 'chats/20/a.png', 'message/20', '']) {
    expect(await found(own, key)).toBeUndefined()
  }
})

test('where no engine is installed every call says so', async () => {
  const { accounts } = await chatRig()
  const [clock, log] = [systemClock, silentLog]
  const engine = chatEngine({ start: undefined, clock, log })
  const none = chatServer({ engine, accounts, clock, log } as never)
  await none.start()
  const context = { signal, progress: () => undefined }
  const asked = none.handlers['chats.ids']({ archived: false, query: '' }, caller('alice'), context)
  await expect(asked).rejects.toMatchObject({ code: 'engine-missing', retry: 'never' })
  await none.stop()
})
