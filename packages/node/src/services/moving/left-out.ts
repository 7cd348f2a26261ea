/** What of an NNCP configuration has no place here, so that nothing is dropped in silence. */
import type { NncpConfig, NncpNeighbour, NncpNodeOptions } from '@posthorn/nncp'
import { noticeKey } from './handles.ts'
import type { MovingNote } from './notes.ts'

/** @param unknown paths of keys that NNCP does not have either. */
export function leftOut(config: NncpConfig, unknown: readonly string[]): readonly MovingNote[] {
  return [
    ...general(config),
    ...(config.own === null ? [] : own(config.own)),
    ...config.neighbours.flatMap(neighbour),
    ...notify(config),
    ...unknown.map(what => ({ what, why: 'NNCP 8.8.2 has no such setting either: is it misspelt?' })),
  ]
}

function general(config: NncpConfig): MovingNote[] {
  const { log, umask, noProgress, noHeaders, discoveryListen, discoverySend, yggdrasilAliases } = config
  return [
    ...when(log !== null, 'log', 'Posthorn writes its log to standard error, for whoever starts it to keep.'),
    ...when(umask !== null, 'umask', 'Everything in the home of a node is for its owner only.'),
    ...when(noProgress, 'noprogress', 'Progress is shown on terminals only.'),
    ...when(noHeaders, 'nohdr', 'There are no header files here.'),
    ...when(discoveryListen.length > 0, 'mcd-listen', 'Which interfaces are listened on is not taken over.'),
    ...when(discoverySend.length > 0, 'mcd-send', 'On which interfaces this node announces itself is not taken over.'),
    ...when(yggdrasilAliases.length > 0, 'yggdrasil-aliases', 'Posthorn has no Yggdrasil of its own: run its daemon.'),
  ]
}

function neighbour(from: NncpNeighbour): MovingNote[] {
  const at = `neigh.${from.name}`
  const noted = from.calls.flatMap(({ flags }, number) =>
    flags
      .filter(flag => flag !== 'when-tx-exists' && flag !== 'autotoss')
      .map(flag => ({
        what: `${at}.calls[${number}].${flag}`,
        why: 'Packets are always checked, and opened as they come.',
      })),
  )
  const mail = Object.hasOwn(from.exec, 'sendmail')
    ? { what: `${at}.exec.sendmail`, why: mailWhy }
    : {
        what: `${at}.exec`,
        why: 'It could not call sendmail. Here every neighbour may write to the people of the node.',
      }
  return [mail, ...noted]
}

function own(options: NncpNodeOptions): MovingNote[] {
  const programs = Object.keys(options.exec).filter(handle => handle !== 'sendmail')
  return [
    ...when(Object.hasOwn(options.exec, 'sendmail'), 'neigh.self.exec.sendmail', mailWhy),
    ...programs.map(handle => ({ what: `neigh.self.exec.${handle}`, why: 'This node calls no programs of its own.' })),
    ...when(options.incoming !== null, 'neigh.self.incoming', 'This node sends itself no files.'),
    ...when(options.freq !== null, 'neigh.self.freq', 'This node sends itself no files.'),
  ]
}

const mailWhy = 'Letters are delivered into the mailboxes of this node; no program is run for them.'

/** Of programs, what `handlesOf` made nothing of. */
function notify({ notify: { file, freq, exec }, neighbours }: NncpConfig): MovingNote[] {
  const why = 'Posthorn sends no such letters.'
  const used = new Set(
    neighbours.flatMap(({ name, exec: handles }) =>
      Object.keys(handles).map(handle => (handle === 'sendmail' ? undefined : noticeKey(exec, name, handle))),
    ),
  )
  const unused = Object.keys(exec).filter(key => !used.has(key))
  return [
    ...when(file !== null, 'notify.file', why),
    ...when(freq !== null, 'notify.freq', why),
    ...unused.map(key => ({ what: `notify.exec.${key}`, why: 'No neighbour may call such a program, or it is mail.' })),
  ]
}

function when(is: boolean, what: string, why: string): MovingNote[] {
  return is ? [{ what, why }] : []
}
