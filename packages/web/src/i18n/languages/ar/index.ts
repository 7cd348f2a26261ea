import type { Translation } from '../../language.ts'
import { chats } from './chats.ts'
import { shell } from './shell.ts'

const translation: Translation = { ...chats, ...shell }
export default translation
