import { words } from '../i18n/index.ts'

export const say = words('ui', {
  close: 'Close',
  cancel: 'Cancel',
  busy: 'Please wait…',
  newItems: { one: '{count} new', other: '{count} new' },
  show: 'Show',
  hide: 'Hide',
})
