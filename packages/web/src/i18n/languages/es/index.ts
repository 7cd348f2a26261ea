import type { Translation } from '../../language.ts'
import { chats } from './chats.ts'
import { conversation } from './conversation.ts'
import { journeys } from './journeys.ts'
import { network } from './network.ts'
import { people } from './people.ts'
import { shell } from './shell.ts'

const translation: Translation = { ...chats, ...conversation, ...journeys, ...network, ...people, ...shell }
export default translation
