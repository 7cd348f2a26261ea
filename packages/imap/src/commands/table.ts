/** All commands by name. UID commands have their second word in the name. */
import type { Command } from '../session/reply.ts'
import { append } from './append.ts'
import { enable } from './enable.ts'
import { fetch } from './fetch.ts'
import { create, remove, rename, subscribe, unsubscribe } from './folders.ts'
import { idle } from './idle.ts'
import { list, lsub } from './list.ts'
import { authenticate, login, starttls } from './login.ts'
import { getMetadata, setMetadata } from './metadata.ts'
import { notify } from './notify.ts'
import { getQuota, getQuotaRoot, setQuota } from './quota.ts'
import { searchCommand } from './search.ts'
import { close, examine, selectCommand, unselect } from './select.ts'
import { capability, compress, id, logout, namespace, nothing } from './session.ts'
import { sortCommand } from './sort.ts'
import { status } from './status.ts'
import { copy, expunge, move, store } from './store.ts'
import { threadCommand } from './thread.ts'

const commands: ReadonlyMap<string, Command> = new Map(
  Object.entries({
    CAPABILITY: capability,
    NOOP: nothing('always', 'Noop completed'),
    LOGOUT: logout,
    ID: id,
    STARTTLS: starttls,
    LOGIN: login,
    AUTHENTICATE: authenticate,
    ENABLE: enable,
    COMPRESS: compress,
    NAMESPACE: namespace,
    SELECT: selectCommand,
    EXAMINE: examine,
    CREATE: create,
    DELETE: remove,
    RENAME: rename,
    SUBSCRIBE: subscribe,
    UNSUBSCRIBE: unsubscribe,
    LIST: list,
    LSUB: lsub,
    STATUS: status,
    APPEND: append,
    IDLE: idle,
    NOTIFY: notify,
    GETQUOTA: getQuota,
    GETQUOTAROOT: getQuotaRoot,
    SETQUOTA: setQuota,
    GETMETADATA: getMetadata,
    SETMETADATA: setMetadata,
    CHECK: nothing('selected', 'Check completed'),
    CLOSE: close,
    UNSELECT: unselect,
    EXPUNGE: expunge(false),
    SEARCH: searchCommand(false),
    SORT: sortCommand(false),
    THREAD: threadCommand(false),
    FETCH: fetch(false),
    STORE: store(false),
    COPY: copy(false),
    MOVE: move(false),
    'UID EXPUNGE': expunge(true),
    'UID SEARCH': searchCommand(true),
    'UID SORT': sortCommand(true),
    'UID THREAD': threadCommand(true),
    'UID FETCH': fetch(true),
    'UID STORE': store(true),
    'UID COPY': copy(true),
    'UID MOVE': move(true),
  }),
)

export function commandNamed(name: string): Command | undefined {
  return commands.get(name)
}
