import { Keyboard } from 'lucide-react'
import { openPalette } from '../actions/index.ts'
import { prefer, usePreferences } from '../device/index.ts'
import { Button, Section, Switch } from '../ui/index.ts'
import { say } from './words.ts'

export function KeyboardPage() {
  const enterSends = usePreferences(state => state.enterSends)
  return (
    <>
      <Section title={say('writing')}>
        <Switch
          label={say('enterSends')}
          hint={say('enterSendsAbout')}
          on={enterSends}
          onChange={on => prefer({ enterSends: on })}
        />
      </Section>
      <Section title={say('allKeys')} about={say('allKeysAbout')}>
        <Button icon={<Keyboard aria-hidden size={18} />} onClick={() => openPalette('keys')}>
          {say('showKeys')}
        </Button>
      </Section>
    </>
  )
}
