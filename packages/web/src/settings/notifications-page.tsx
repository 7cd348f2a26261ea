import { BellRing } from 'lucide-react'
import { useState } from 'react'
import { useLocation } from 'wouter'
import {
  askForNotifications,
  notificationPermission,
  type Preferences,
  prefer,
  showNotice,
  usePreferences,
} from '../device/index.ts'
import { Banner, Button, Choice, Section } from '../ui/index.ts'
import { say } from './words.ts'

export function NotificationsPage() {
  const [permission, setPermission] = useState(notificationPermission)
  const wanted = usePreferences(state => state.notifications)
  const [, go] = useLocation()
  const isOn = permission === 'granted' && wanted !== 'off'
  const choose = async (notifications: Preferences['notifications']) => {
    prefer({ notifications })
    if (notifications !== 'off' && permission === 'default') setPermission(await askForNotifications())
  }
  const sample = { title: 'Posthorn', body: say('sample'), tag: 'sample', path: '/settings/notifications' }
  return (
    <Section title={say('notifications')}>
      {permission === 'impossible' ? <Banner>{say('notifyImpossible')}</Banner> : null}
      {permission === 'denied' ? <Banner tone="warning">{say('notifyDenied')}</Banner> : null}
      <Choice
        label={say('notify')}
        hint={say('notifyAbout')}
        value={permission === 'granted' || permission === 'default' ? wanted : 'off'}
        choices={[
          { value: 'off', label: say('notifyOff') },
          { value: 'names', label: say('notifyNames') },
          { value: 'texts', label: say('notifyTexts') },
        ]}
        onChoose={chosen => void choose(chosen)}
      />
      <Button icon={<BellRing aria-hidden size={18} />} disabled={!isOn} onClick={() => void showNotice(sample, go)}>
        {say('tryNotification')}
      </Button>
    </Section>
  )
}
