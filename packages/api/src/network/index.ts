/** The network: everybody may look, who looks after the node may act. */
import { neighbourMethods } from './neighbours.ts'
import { pairingMethods } from './pairing.ts'
import { pictureMethods } from './picture.ts'
import { roadMethods } from './roads.ts'
import { spoolMethods } from './spool.ts'

export * from './neighbours.ts'
export * from './pairing.ts'
export * from './picture.ts'
export * from './roads.ts'
export * from './spool.ts'
export type { AmountView } from './values.ts'

export const networkMethods = {
  ...{ ...pictureMethods, ...neighbourMethods, ...roadMethods },
  ...{ ...spoolMethods, ...pairingMethods },
}
