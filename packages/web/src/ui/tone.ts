import css from './tone.module.css'

export type Tone = 'neutral' | 'good' | 'warning' | 'danger' | 'information' | 'accent'

/** Colours for what is said, and for what is behind it. */
export const toneClass = (tone: Tone) => css[tone]
