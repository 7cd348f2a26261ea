import { create } from 'zustand'
import { type Language, languageFor, languages } from '../i18n/index.ts'

export interface Preferences {
  readonly theme: 'system' | 'light' | 'dark'
  readonly density: 'calm' | 'compact'
  /** Percent of the browser's own. */
  readonly textSize: number
  /** `system`: as the browser wishes. */
  readonly language: Language | 'system'
  readonly notifications: 'off' | 'names' | 'texts'
  /** Enter sends, and Shift+Enter begins a line; or the other way about. */
  readonly enterSends: boolean
}

const usual: Preferences = {
  theme: 'system',
  density: 'calm',
  textSize: 100,
  language: 'system',
  notifications: 'off',
  enterSends: true,
}
const choices = {
  theme: ['system', 'light', 'dark'],
  density: ['calm', 'compact'],
  textSize: [90, 100, 110, 125, 150],
  language: ['system', ...Object.keys(languages)],
  notifications: ['off', 'names', 'texts'],
  enterSends: [true, false],
} as const
const place = 'posthorn.preferences'

export const usePreferences = create<Preferences>(() => read())

export function prefer(changes: Partial<Preferences>): void {
  usePreferences.setState(changes)
  try {
    localStorage.setItem(place, JSON.stringify(usePreferences.getState()))
  } catch {
    // A browser that keeps nothing: the choice holds until the page is closed.
  }
}

/** Sizes of text that can be chosen, in percent. */
export const textSizes = choices.textSize

export function preferredLanguage(): Language {
  const { language } = usePreferences.getState()
  return language === 'system' ? languageFor(navigator.languages) : language
}

/** Shows theme, density and size on the page, now and whenever they change. */
export function applyPreferences(root: HTMLElement): () => void {
  const apply = ({ theme, density, textSize }: Preferences) => {
    root.dataset['theme'] = theme
    root.dataset['density'] = density
    root.style.setProperty('--text-size', `${textSize}%`)
    colorBars(root.ownerDocument, theme)
  }
  apply(usePreferences.getState())
  return usePreferences.subscribe(apply)
}

/** What the browser draws around the page, in the colour of its ground (ui/tokens.css). */
function colorBars(page: Document, theme: Preferences['theme']): void {
  for (const meta of page.querySelectorAll<HTMLMetaElement>('meta[name="theme-color"]')) {
    const dark = theme === 'system' ? meta.getAttribute('media')?.includes('dark') === true : theme === 'dark'
    meta.content = dark ? '#131210' : '#f3f1ec'
  }
}

/** What was kept may be of an older page or a stranger's hand: only what can be chosen is taken. */
function read(): Preferences {
  const kept = stored()
  const known = Object.entries(choices).filter(([key, values]) => (values as readonly unknown[]).includes(kept[key]))
  return { ...usual, ...Object.fromEntries(known.map(([key]) => [key, kept[key]])) }
}

function stored(): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(place) ?? '{}')
    return typeof value === 'object' && value !== null ? { ...value } : {}
  } catch {
    return {}
  }
}
