/**
 * The spool directory of another program, NNCP (manual, "Spool directory"): `NEIGHBOUR/rx` and `NEIGHBOUR/tx`, for a
 * node that moves in or out. Not a transport: it is met once, while nothing of NNCP runs on it.
 *
 * It promises: only regular files of the exact names count, opened without following a link or waiting for a FIFO;
 * nothing outside the directory is touched, and nothing in it is changed except by `remove` and `put`. What is put is
 * on the disk when `flush` resolves. Errors are those of a medium (`medium-gone`, `medium-full`, … all `later`).
 *
 * | name | what |
 * | --- | --- |
 * | `tx/ID`, `rx/ID` | packets; `hdr/ID` beside them repeats their headers, and is left to NNCP to make anew |
 * | `rx/ID.nock` | a packet that came whole and was not hashed yet |
 * | `rx/ID.part` | the beginning of one |
 * | `rx/seen/ID` | a packet that was dealt with (`nncp-toss -seen`) |
 * | `area/AREA/ID` | below the node's own id: a message of an area that was dealt with (`nncp-toss`) |
 * | `tx.lock`, `rx.lock`, `toss.lock` | held with flock(2) by whoever works there |
 */
export { nncpLockHolders } from './locks.ts'
export { type HeardMark, type NncpSpool, openNncpSpool, type SpooledPacket, type SpoolRoom } from './read.ts'
export { type NncpSpoolWriter, nncpSpoolWriter } from './write.ts'
