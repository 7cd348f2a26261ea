import { Keyboard, MessagesSquare, Moon, Network, Search, Settings, Sun, Users } from 'lucide-react'
import { type Action, openPalette } from '../actions/index.ts'
import { prefer } from '../device/index.ts'
import { say } from './words.ts'

/** What can be done everywhere. */
export function appActions(go: (path: string) => void, isAdmin: boolean): readonly Action[] {
  const page = (id: string, path: string, words: () => string, icon: Action['icon'], keys: string): Action => ({
    ...{ id: `app.${id}`, words, keys: [keys], run: () => go(path) },
    ...(icon === undefined ? {} : { icon }),
  })
  return [
    {
      ...{ id: 'app.find', words: () => say('find'), icon: Search, keys: ['Mod+k'], inPalette: false },
      run: () => openPalette('palette'),
    },
    page('chats', '/', () => say('goChats'), MessagesSquare, 'Alt+1'),
    page('network', '/network', () => say('goNetwork'), Network, 'Alt+2'),
    ...(isAdmin ? [page('people', '/people', () => say('goPeople'), Users, 'Alt+3')] : []),
    page('settings', '/settings', () => say('goSettings'), Settings, 'Alt+4'),
    {
      ...{ id: 'app.keys', words: () => say('showKeys'), icon: Keyboard, keys: ['?'] },
      run: () => openPalette('keys'),
    },
    { id: 'app.light', words: () => say('turnLight'), icon: Sun, run: () => prefer({ theme: 'light' }) },
    { id: 'app.dark', words: () => say('turnDark'), icon: Moon, run: () => prefer({ theme: 'dark' }) },
  ]
}
