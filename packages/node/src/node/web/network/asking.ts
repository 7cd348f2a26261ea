/** Operations as the handlers of the API call them. */
import type { CallContext } from '../../../services/web-server/handlers.ts'
import { checkedParams } from '../../operations/params.ts'
import { runOperation } from '../../operations/run.ts'
import type { OperationName, ParamsOf, ResultOf } from '../../operations/types.ts'
import type { ServedNode } from '../../served.ts'

/** As the command line would; what an operation refuses there it refuses here, paths and limits included. */
export function asking(node: ServedNode) {
  return <N extends OperationName>(name: N, params: ParamsOf<N>, context?: CallContext): Promise<ResultOf<N>> =>
    runOperation(
      node,
      { name, params: checkedParams(name, params) },
      {
        signal: context?.signal ?? never,
        progress: ({ phase, bytes, bytesTotal }) =>
          context?.progress({ phase, done: bytes, total: bytesTotal, unit: 'bytes' }),
      },
    )
}

const never = new AbortController().signal

export type Ask = ReturnType<typeof asking>

interface Failed {
  readonly error?: { readonly code: string; readonly message: string }
}

/** What stopped a part of it, as the API says it. */
export function troubleOf({ error }: Failed): { code: string; message: string } | null {
  return error === undefined ? null : { code: error.code, message: error.message }
}
