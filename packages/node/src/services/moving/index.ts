/**
 * Moving in from NNCP and out to it: neighbours and what waits in the spool, both ways.
 *
 * It promises: what is taken over is the same node to its neighbours; nothing is dropped in silence, what has no place
 * here is told; everything may be cut off and done again. It fails as the stores and the other spool's medium do; what
 * was committed by then stays. NNCP must not run on the same spool meanwhile: two programs would send one packet twice.
 */
export { planAreas } from './areas.ts'
export { configOut, type NeighbourToMove } from './config-out.ts'
export { leftOut } from './left-out.ts'
export { planNeighbours } from './neighbours.ts'
export type { MovingNote } from './notes.ts'
export { putSpool, type SpoolPut } from './put-spool.ts'
export type { SpoolTaken } from './report.ts'
export { rulesOf } from './rules.ts'
export { takeSpool } from './take-spool.ts'
