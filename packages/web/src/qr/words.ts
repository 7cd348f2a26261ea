import { words } from '../i18n/index.ts'

export const say = words('qr', {
  scanner: 'What the camera sees',
  hold: 'Hold the code in the frame.',
  starting: 'Starting the camera…',
  insecure:
    'This browser gives the camera only to pages with https. Paste the link instead, or choose a picture of the code.',
  none: 'This device has no camera. Paste the link instead, or choose a picture of the code.',
  refused:
    'The browser does not allow the camera for this page. Allow it beside the address, or paste the link instead.',
  busy: 'The camera is used by another program. Close it and try again, or paste the link instead.',
  failed: 'The camera could not be started. Try again, or paste the link instead.',
  tryAgain: 'Try again',
  noCode: 'There is no code in this picture that can be read. Take one that shows it whole, sharp and straight.',
  notAPicture: 'This file is no picture that this browser can show.',
})
