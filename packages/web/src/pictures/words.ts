import { words } from '../i18n/index.ts'

export const say = words('pictures', {
  choose: 'Choose a picture',
  change: 'Change the picture',
  remove: 'Remove the picture',
  cutTitle: 'Cut out the picture',
  cutLabel: 'Picture. Drag it, or move it with the arrow keys; plus and minus come closer and go away.',
  closer: 'How close',
  use: 'Use it',
  cancel: 'Cancel',
  notAPicture: 'This file is no picture that this browser can show. Choose a JPEG, PNG or WebP.',
})
