/**
 * How this app looks, sounds and speaks in this browser, and who is signed in. Other rooms bring pages of their own
 * (`more`), which `app` names. Nothing here changes what other people see.
 */

import type { LucideIcon } from 'lucide-react'
import { Bell, Keyboard, MonitorSmartphone, Palette } from 'lucide-react'
import type { ComponentType } from 'react'
import { Link, useLocation } from 'wouter'
import { EmptyState, Page, Row, Split } from '../ui/index.ts'
import { AppearancePage } from './appearance-page.tsx'
import { DevicePage } from './device-page.tsx'
import { KeyboardPage } from './keyboard-page.tsx'
import { NotificationsPage } from './notifications-page.tsx'
import css from './settings.module.css'
import { say } from './words.ts'

export interface SettingsSection {
  /** In the address: `/settings/appearance`. */
  readonly id: string
  readonly words: () => string
  readonly icon: LucideIcon
  readonly Content: ComponentType
}

const own: readonly SettingsSection[] = [
  { id: 'appearance', words: () => say('appearance'), icon: Palette, Content: AppearancePage },
  { id: 'notifications', words: () => say('notifications'), icon: Bell, Content: NotificationsPage },
  { id: 'keyboard', words: () => say('keyboard'), icon: Keyboard, Content: KeyboardPage },
  { id: 'device', words: () => say('device'), icon: MonitorSmartphone, Content: DevicePage },
]

interface SettingsPageProps {
  /** Before those of this room. */
  readonly more: readonly SettingsSection[]
}

export function SettingsPage({ more }: SettingsPageProps) {
  const [path, go] = useLocation()
  const sections = [...more, ...own]
  const asked = path.split('/')[2]
  // Beside the list there is room for the first one; on a phone the list stands alone.
  const shown = asked === undefined ? sections[0] : sections.find(section => section.id === asked)
  const back = { label: say('back'), go: () => go('/settings') }
  return (
    <Split
      shows={asked === undefined ? 'list' : 'content'}
      narrow
      list={<Sections sections={sections} shown={shown} />}
    >
      {shown === undefined ? (
        <EmptyState icon={Palette} title={say('unknown')} />
      ) : (
        <Page title={shown.words()} back={back}>
          <shown.Content />
        </Page>
      )}
    </Split>
  )
}

function Sections(props: { sections: readonly SettingsSection[]; shown: SettingsSection | undefined }) {
  return (
    <Page title={say('settings')}>
      <nav aria-label={say('settings')}>
        <ul className={css['sections']}>
          {props.sections.map(section => (
            <li key={section.id}>
              <Link
                href={`/settings/${section.id}`}
                className={css['section']}
                aria-current={section === props.shown ? 'page' : undefined}
              >
                <Row start={<section.icon aria-hidden size={20} />} title={section.words()} />
              </Link>
            </li>
          ))}
        </ul>
      </nav>
    </Page>
  )
}
