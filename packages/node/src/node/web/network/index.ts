/**
 * The network in the API: everybody who is signed in sees it by names, who looks after the node acts on it. All of it
 * goes through the operations of the command line, which judge what may be done; what is not for the web (commands as
 * addresses, directories that are no road) is refused before.
 */
import type { networkMethods } from '@posthorn/api'
import type { Handlers } from '../../../services/web-server/handlers.ts'
import type { ServedNode } from '../../served.ts'
import { asking } from './asking.ts'
import { neighbourHandlers } from './neighbours.ts'
import { pairingHandlers } from './pairing.ts'
import { pictureHandlers } from './picture.ts'
import { roadHandlers } from './roads.ts'
import { spoolHandlers } from './spool.ts'

export { startNetworkNews } from './news.ts'

export function networkHandlers(node: ServedNode): Handlers<keyof typeof networkMethods> {
  const ask = asking(node)
  return {
    ...pictureHandlers(node),
    ...neighbourHandlers(node, ask),
    ...roadHandlers(node, ask),
    ...spoolHandlers(ask),
    ...pairingHandlers(node, ask),
  }
}
