/** What of an NNCP configuration has no place here, so that nothing is dropped in silence. */
import type { NncpArea, NncpConfig, NncpNeighbour, NncpNodeOptions } from '@posthorn/nncp'
import type { MovingNote } from './notes.ts'

/** @param unknown paths of keys that NNCP does not have either. */
export function leftOut(config: NncpConfig, unknown: readonly string[]): readonly MovingNote[] {
  return [
    ...general(config),
    ...(config.own === null ? [] : own(config.own)),
    ...config.neighbours.flatMap(neighbour),
    ...config.areas.map(area),
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
  return [...handles(from, at), ...noted]
}

function own(options: NncpNodeOptions): MovingNote[] {
  return [
    ...handles(options, 'neigh.self'),
    ...when(options.incoming !== null, 'neigh.self.incoming', 'This node sends itself no files.'),
    ...when(options.freq !== null, 'neigh.self.freq', 'This node sends itself no files.'),
  ]
}

function handles({ exec }: Pick<NncpNodeOptions, 'exec'>, at: string): MovingNote[] {
  return Object.keys(exec).map(handle => ({ what: `${at}.exec.${handle}`, why: execWhy(handle) }))
}

function execWhy(handle: string): string {
  return handle === 'sendmail'
    ? 'Letters are delivered into the mailboxes of this node; no program is run for them.'
    : 'Posthorn runs no commands for neighbours; such packets are set aside.'
}

function area({ name }: NncpArea): MovingNote {
  return {
    what: `areas.${name}`,
    why: 'Areas are not taken over: join it here with `posthorn area join`, and subscribe its members.',
  }
}

function notify({ notify: { file, freq, exec } }: NncpConfig): MovingNote[] {
  const why = 'Posthorn sends no such letters.'
  return [
    ...when(file !== null, 'notify.file', why),
    ...when(freq !== null, 'notify.freq', why),
    ...Object.keys(exec).map(handle => ({ what: `notify.exec.${handle}`, why })),
  ]
}

function when(is: boolean, what: string, why: string): MovingNote[] {
  return is ? [{ what, why }] : []
}
