import { words } from '../i18n/index.ts'

export const say = words('actions', {
  palette: 'Find and do',
  write: 'Find a chat, a page, or what to do…',
  places: 'Go to',
  actions: 'Do',
  nothing: 'Nothing fits these words',
  keys: 'Keys',
  noKeys: 'No keys work here.',
})
