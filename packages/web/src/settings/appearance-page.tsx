import { prefer, preferredLanguage, textSizes, usePreferences } from '../device/index.ts'
import { languageFor, languages, numberIn, speak } from '../i18n/index.ts'
import { Choice, Section, SelectField } from '../ui/index.ts'
import { say } from './words.ts'

export function AppearancePage() {
  const { theme, density, textSize } = usePreferences()
  return (
    <>
      <Section title={say('look')}>
        <Choice
          label={say('theme')}
          value={theme}
          choices={[
            { value: 'system', label: say('themeSystem') },
            { value: 'light', label: say('themeLight') },
            { value: 'dark', label: say('themeDark') },
          ]}
          onChoose={chosen => prefer({ theme: chosen })}
        />
        <Choice
          label={say('textSize')}
          value={textSize}
          choices={textSizes.map(size => ({ value: size, label: numberIn(size / 100, { style: 'percent' }) }))}
          onChoose={chosen => prefer({ textSize: chosen })}
        />
        <Choice
          label={say('density')}
          value={density}
          choices={[
            { value: 'calm', label: say('densityCalm') },
            { value: 'compact', label: say('densityCompact') },
          ]}
          onChoose={chosen => prefer({ density: chosen })}
        />
      </Section>
      <LanguageSection />
    </>
  )
}

function LanguageSection() {
  const language = usePreferences(state => state.language)
  const system = languages[languageFor(navigator.languages)]
  const choices = [
    { value: 'system', label: say('languageSystem', { language: system }) },
    ...Object.entries(languages).map(([value, label]) => ({ value, label })),
  ]
  const choose = (chosen: string) => {
    prefer({ language: chosen as typeof language })
    void speak(preferredLanguage())
  }
  return (
    <Section title={say('language')}>
      <SelectField
        label={say('language')}
        hideLabel
        hint={say('languageAbout')}
        value={language}
        choices={choices}
        onChoose={choose}
      />
    </Section>
  )
}
