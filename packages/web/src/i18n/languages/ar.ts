import type { Translation } from '../language.ts'

const translation: Translation = { ui: { close: 'إغلاق' } }
export default translation
