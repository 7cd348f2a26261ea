import { useState } from 'react'
import { faultOf } from './faults.ts'

/** Something that is done when a button is pressed: whether it runs, and what went wrong the last time. */
export function useDeed(): {
  readonly busy: boolean
  readonly fault: string | undefined
  readonly run: (deed: () => Promise<unknown>) => void
} {
  const [busy, setBusy] = useState(false)
  const [fault, setFault] = useState<string>()
  const run = (deed: () => Promise<unknown>) => {
    setBusy(true)
    setFault(undefined)
    deed()
      .catch((error: unknown) => setFault(faultOf(error)))
      .finally(() => setBusy(false))
  }
  return { busy, fault, run }
}
