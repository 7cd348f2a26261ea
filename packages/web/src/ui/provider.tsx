import { Direction } from 'radix-ui'
import type { ReactNode } from 'react'
import { TooltipProvider } from './tooltip.tsx'

/** Once, around the app: what its parts have in common. `direction`: menus open, and arrow keys lead, the other way. */
export function UiProvider(props: { readonly direction: 'ltr' | 'rtl'; readonly children: ReactNode }) {
  return (
    <Direction.Provider dir={props.direction}>
      <TooltipProvider>{props.children}</TooltipProvider>
    </Direction.Provider>
  )
}
