import type { Translation } from '../../language.ts'
import { shell } from './shell.ts'

const translation: Translation = { ...shell }
export default translation
