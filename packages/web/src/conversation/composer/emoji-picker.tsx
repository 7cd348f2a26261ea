import { type EmojiPickerListComponents, EmojiPicker as Picker } from 'frimousse'
import { useState } from 'react'
import { useLanguage } from '../../i18n/index.ts'
import { Spinner } from '../../ui/index.ts'
import { say } from '../words.ts'
import { emojiData } from './emoji-data.ts'
import css from './emoji-picker.module.css'
import { lastEmoji, rememberEmoji } from './last-emoji.ts'

/** Every emoji, to be found by name in one's own language; above them those used last. */
export function EmojiPicker({ onChoose }: { readonly onChoose: (emoji: string) => void }) {
  const language = useLanguage()
  const [last] = useState(lastEmoji)
  const choose = (emoji: string) => {
    rememberEmoji(emoji)
    onChoose(emoji)
  }
  return (
    <Picker.Root
      className={css['picker']}
      locale={language}
      columns={8}
      resolveEmojiData={emojiData}
      onEmojiSelect={({ emoji }) => choose(emoji)}
    >
      <div className={css['head']}>
        <Picker.Search className={css['search']} placeholder={say('searchEmoji')} aria-label={say('searchEmoji')} />
        <Picker.SkinToneSelector className={css['tone']} />
      </div>
      {last.length === 0 ? null : (
        <div className={css['last']}>
          {last.slice(0, 8).map(emoji => (
            <button key={emoji} type="button" className={css['one']} onClick={() => choose(emoji)}>
              {emoji}
            </button>
          ))}
        </div>
      )}
      <Picker.Viewport className={css['viewport']}>
        <Picker.Loading className={css['middle']}>
          <Spinner />
        </Picker.Loading>
        <Picker.Empty className={css['middle']}>{say('noEmoji')}</Picker.Empty>
        <Picker.List className={css['all']} components={parts} />
      </Picker.Viewport>
    </Picker.Root>
  )
}

const parts: Partial<EmojiPickerListComponents> = {
  CategoryHeader: ({ category, ...props }) => (
    <div {...props} className={css['category']}>
      {category.label}
    </div>
  ),
  Row: ({ children, ...props }) => (
    <div {...props} className={css['row']}>
      {children}
    </div>
  ),
  Emoji: ({ emoji, ...props }) => (
    <button {...props} type="button" className={css['one']} data-active={emoji.isActive || undefined}>
      {emoji.emoji}
    </button>
  ),
}
