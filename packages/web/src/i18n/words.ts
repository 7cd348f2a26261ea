/** Texts with parameters in braces and forms for numbers, checked by the compiler. */
import { currentLanguage, currentLocale, translationOf } from './language.ts'

/** Forms by the categories of Intl.PluralRules; the parameter `count` chooses. */
export interface Plural {
  readonly zero?: string
  readonly one?: string
  readonly two?: string
  readonly few?: string
  readonly many?: string
  readonly other: string
}
export type Text = string | Plural
export type Words = Readonly<Record<string, Text>>

type Value = string | number
type NamesIn<S> = S extends `${string}{${infer Name}}${infer Rest}` ? Name | NamesIn<Rest> : never
type ParamsOf<T> = T extends Plural
  ? { readonly count: number } & { readonly [N in Exclude<NamesIn<T[keyof T]>, 'count'>]: Value }
  : { readonly [N in NamesIn<T>]: Value }
type Args<T> = keyof ParamsOf<T> extends never ? [] : [params: ParamsOf<T>]
type NodeArgs<T, Node> = [params: { readonly [N in keyof ParamsOf<T>]: Value | Node }]

export interface Say<W extends Words> {
  <K extends keyof W & string>(key: K, ...args: Args<W[K]>): string
  /** The text in pieces, for parameters that are more than words: elements of React. */
  parts<K extends keyof W & string, Node>(key: K, ...args: NodeArgs<W[K], Node>): readonly (Value | Node)[]
  readonly area: string
  readonly words: W
}

/** The words of a room. `area` is the name under which `languages/` translates them. */
export function words<const W extends Words>(area: string, english: W): Say<W> {
  const say = (key: string, params: Readonly<Record<string, Value>> = {}): string =>
    pieces(textOf(area, english, key, params), params).join('')
  const parts = (key: string, params: Readonly<Record<string, unknown>>): readonly unknown[] =>
    pieces(textOf(area, english, key, params), params)
  return Object.assign(say, { parts, area, words: english }) as unknown as Say<W>
}

function textOf(area: string, english: Words, key: string, params: Readonly<Record<string, unknown>>): string {
  const translated = translationOf(area)?.[key]
  const own = english[key]
  if (translated !== undefined) return formOf(translated, currentLanguage(), params['count'])
  return own === undefined ? key : formOf(own, 'en', params['count'])
}

function formOf(text: Text, language: string, count: unknown): string {
  if (typeof text === 'string') return text
  const category = new Intl.PluralRules(language).select(typeof count === 'number' ? count : 0)
  return text[category] ?? text.other
}

/** Numbers are written as the language writes them. */
function pieces(text: string, params: Readonly<Record<string, unknown>>): unknown[] {
  // Most texts have nothing to fill in, and lists that scroll ask for many.
  if (!text.includes('{')) return [text]
  return text.split(/\{(\w+)\}/).map((piece, index) => {
    if (index % 2 === 0) return piece
    const value = params[piece]
    return typeof value === 'number' ? new Intl.NumberFormat(currentLocale()).format(value) : (value ?? `{${piece}}`)
  })
}
