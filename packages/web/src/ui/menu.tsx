import type { LucideIcon } from 'lucide-react'
import { ContextMenu as Context, DropdownMenu as Dropdown } from 'radix-ui'
import { Fragment, type ReactElement, use } from 'react'
import { classes } from './classes.ts'
import css from './menu.module.css'
import { Place } from './place.ts'

export interface MenuItem {
  readonly id: string
  readonly label: string
  readonly icon?: LucideIcon | undefined
  /** The keys that do the same, for people. */
  readonly keys?: string | undefined
  readonly danger?: boolean | undefined
  readonly disabled?: boolean | undefined
  /** Of a choice: whether it is the one. */
  readonly checked?: boolean | undefined
  readonly run: () => void
}
/** Groups are parted by a line; those that are empty are left out. */
export type MenuItems = readonly (readonly MenuItem[])[]

interface MenuProps {
  readonly items: MenuItems
  /** What opens it. */
  readonly children: ReactElement
}

/** A menu under a button. */
export function Menu({ items, children, align = 'end' }: MenuProps & { readonly align?: 'start' | 'end' }) {
  const place = use(Place)
  return (
    <Dropdown.Root modal={false}>
      <Dropdown.Trigger asChild>{children}</Dropdown.Trigger>
      <Dropdown.Portal container={place}>
        <Dropdown.Content className={css['menu']} align={align} sideOffset={4} collisionPadding={8}>
          <Entries items={items} Item={Dropdown.Item} Line={Dropdown.Separator} />
        </Dropdown.Content>
      </Dropdown.Portal>
    </Dropdown.Root>
  )
}

/** A menu where one clicks with the other button, or holds a finger. */
export function ContextMenu({ items, children }: MenuProps) {
  const place = use(Place)
  return (
    <Context.Root modal={false}>
      <Context.Trigger asChild>{children}</Context.Trigger>
      <Context.Portal container={place}>
        <Context.Content className={css['menu']} collisionPadding={8}>
          <Entries items={items} Item={Context.Item} Line={Context.Separator} />
        </Context.Content>
      </Context.Portal>
    </Context.Root>
  )
}

interface EntriesProps {
  readonly items: MenuItems
  readonly Item: typeof Dropdown.Item
  readonly Line: typeof Dropdown.Separator
}

function Entries({ items, Item, Line }: EntriesProps) {
  const groups = items.filter(group => group.length > 0)
  return groups.map((group, index) => (
    <Fragment key={group[0]?.id}>
      {index > 0 ? <Line className={css['line']} /> : null}
      {group.map(item => (
        <Item
          key={item.id}
          className={classes(css['item'], item.danger === true && css['danger'])}
          disabled={item.disabled === true}
          onSelect={item.run}
          {...(item.checked === undefined ? {} : { role: 'menuitemradio', 'aria-checked': item.checked })}
        >
          <span className={css['icon']}>{item.icon === undefined ? null : <item.icon aria-hidden size={18} />}</span>
          <span className={css['label']}>{item.label}</span>
          {item.keys === undefined ? null : <kbd className={css['keys']}>{item.keys}</kbd>}
        </Item>
      ))}
    </Fragment>
  ))
}
