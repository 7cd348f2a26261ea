/** Emoji and their names, of this node: nothing is asked of anybody else. */

import german from 'emojibase-data/de/compact.json?url'
import germanMessages from 'emojibase-data/de/messages.json?url'
import english from 'emojibase-data/en/compact.json?url'
import englishMessages from 'emojibase-data/en/messages.json?url'
import spanish from 'emojibase-data/es/compact.json?url'
import spanishMessages from 'emojibase-data/es/messages.json?url'
import ukrainian from 'emojibase-data/uk/compact.json?url'
import ukrainianMessages from 'emojibase-data/uk/messages.json?url'
import type { EmojiData } from 'frimousse'

interface Source {
  readonly emoji: string
  readonly messages: string
}

const sources: Readonly<Record<string, Source>> = {
  en: { emoji: english, messages: englishMessages },
  de: { emoji: german, messages: germanMessages },
  es: { emoji: spanish, messages: spanishMessages },
  uk: { emoji: ukrainian, messages: ukrainianMessages },
}

/** As the files have it. */
interface Entry {
  readonly unicode: string
  readonly label: string
  readonly group?: number
  readonly order?: number
  readonly tags?: readonly string[]
  readonly skins?: readonly { readonly unicode: string }[]
}
interface Messages {
  readonly groups: readonly { readonly key: string; readonly message: string; readonly order: number }[]
  readonly skinTones: readonly { readonly key: string; readonly message: string }[]
}

/** Skin tones alone are no emoji that anybody looks for. */
const componentGroup = 2
const tones = ['light', 'medium-light', 'medium', 'medium-dark', 'dark'] as const

/** Languages without names of their own are searched in English. */
export async function emojiData(language: string): Promise<EmojiData> {
  const source = sources[language] ?? sources['en']
  if (source === undefined) throw new Error('There are no emoji.')
  const [entries, messages] = await Promise.all([read<readonly Entry[]>(source.emoji), read<Messages>(source.messages)])
  return dataOf(language, entries, messages)
}

async function read<T>(path: string): Promise<T> {
  const answer = await fetch(path)
  if (!answer.ok) throw new Error(`The emoji could not be read: ${answer.status}`)
  return await answer.json()
}

export function dataOf(locale: string, entries: readonly Entry[], { groups, skinTones }: Messages): EmojiData {
  const named = (tone: string) => skinTones.find(({ key }) => key === tone)?.message ?? tone
  const emojis = entries
    .filter(({ group }) => group !== undefined && group !== componentGroup)
    .sort((one, other) => (one.order ?? 0) - (other.order ?? 0))
    .map(({ unicode, label, group = 0, tags = [], skins }) => ({
      emoji: unicode,
      category: group,
      label,
      version: 1,
      tags: [...tags],
      // Of five only: couples of two tones are many more, and are told apart by nobody.
      ...(skins?.length === tones.length && { skins: skinsOf(skins) }),
    }))
  return {
    locale,
    emojis,
    categories: groups
      .filter(({ order }) => order !== componentGroup)
      .map(({ order, message }) => ({ index: order, label: message })),
    skinTones: {
      light: named('light'),
      'medium-light': named('medium-light'),
      medium: named('medium'),
      'medium-dark': named('medium-dark'),
      dark: named('dark'),
    },
  }
}

type Skins = Record<(typeof tones)[number], string>

function skinsOf(skins: readonly { readonly unicode: string }[]): Skins {
  return Object.fromEntries(tones.map((tone, index) => [tone, skins[index]?.unicode ?? ''])) as Skins
}
