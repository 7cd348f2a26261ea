/** Which language is spoken, and its translations, loaded when they are needed. */
import { create } from 'zustand'
import type { Words } from './words.ts'

export interface Translation {
  /** By area. */
  readonly [area: string]: Words
}

/** Every language there is, by its own name. English is in the rooms themselves. */
export const languages = {
  en: 'English',
  de: 'Deutsch',
  es: 'Español',
  uk: 'Українська',
  ar: 'العربية',
} as const
export type Language = keyof typeof languages

const loaders: Readonly<Record<Exclude<Language, 'en'>, () => Promise<{ default: Translation }>>> = {
  de: () => import('./languages/de/index.ts'),
  es: () => import('./languages/es/index.ts'),
  uk: () => import('./languages/uk/index.ts'),
  ar: () => import('./languages/ar/index.ts'),
}
const rightToLeft: ReadonlySet<Language> = new Set(['ar'])

interface State {
  readonly language: Language
  readonly translation: Translation
}

const useState = create<State>(() => ({ language: 'en', translation: {} }))

/** The language; a component that uses it is drawn again when it changes. */
export function useLanguage(): Language {
  return useState(state => state.language)
}

export function currentLanguage(): Language {
  return useState.getState().language
}

/**
 * How times and numbers are written: as in the region of who reads, where the browser names one for this language
 * (`en-GB` has 14:05, `en-US` has 2:05 PM).
 */
export function currentLocale(): string {
  const language = currentLanguage()
  // Tests of pure functions run without a browser.
  const wanted = typeof navigator === 'undefined' ? [] : navigator.languages
  return wanted.find(tag => tag.toLowerCase().split('-')[0] === language) ?? language
}

export function translationOf(area: string): Words | undefined {
  return useState.getState().translation[area]
}

/** Loads a language and speaks it; English when it cannot be loaded (offline, and never used before). */
export async function speak(language: Language): Promise<void> {
  const translation =
    language === 'en'
      ? {}
      : await loaders[language]().then(
          module => module.default,
          () => undefined,
        )
  const spoken = translation === undefined ? 'en' : language
  document.documentElement.lang = spoken
  document.documentElement.dir = directionOf(spoken)
  useState.setState({ language: spoken, translation: translation ?? {} })
}

export function directionOf(language: Language): 'ltr' | 'rtl' {
  return rightToLeft.has(language) ? 'rtl' : 'ltr'
}

/** The first of somebody's languages that there is. */
export function languageFor(wanted: readonly string[]): Language {
  for (const tag of wanted) {
    const base = tag.toLowerCase().split('-')[0] ?? ''
    if (Object.hasOwn(languages, base)) return base as Language
  }
  return 'en'
}
