import type { Translation } from '../language.ts'

const translation: Translation = {}
export default translation
