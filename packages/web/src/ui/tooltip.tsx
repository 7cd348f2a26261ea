import { Tooltip as Radix } from 'radix-ui'
import { type ReactElement, type ReactNode, use } from 'react'
import { Place } from './place.ts'
import css from './tooltip.module.css'

/** Tooltips that follow one another come at once. */
export function TooltipProvider({ children }: { readonly children: ReactNode }) {
  return <Radix.Provider delayDuration={500}>{children}</Radix.Provider>
}

/** Words that come when one points at something. They repeat its label, so that nothing is said in them alone. */
export function Tooltip(props: { text: string; keys?: string | undefined; children: ReactElement }) {
  const place = use(Place)
  return (
    <Radix.Root>
      <Radix.Trigger asChild>{props.children}</Radix.Trigger>
      <Radix.Portal container={place}>
        <Radix.Content className={css['tooltip']} sideOffset={6} collisionPadding={8}>
          {props.text}
          {props.keys === undefined ? null : <kbd className={css['keys']}>{props.keys}</kbd>}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}
