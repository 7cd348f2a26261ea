/**
 * Words of the app in the language of whoever reads them.
 *
 * Each room writes its words in English in its `words.ts`; translations lie in `languages/` and are loaded when needed.
 * What a translation lacks is said in English. The language is chosen before the first paint and when it is changed the
 * whole app is drawn anew (`useLanguage` at its root), so that words may be asked for anywhere, not in components only.
 */
export * from './formats.ts'
export * from './language.ts'
export * from './words.ts'
