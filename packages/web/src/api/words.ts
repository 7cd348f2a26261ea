import { words } from '../i18n/index.ts'

export const say = words('api', {
  offline: 'The node does not answer, so this was not done. Try again when it is back.',
  lost: 'The connection broke before the node answered. Look whether it was done before you try again.',
  answer:
    'The node answered something that this page does not understand. Reload the page: it may be older than the node.',
  'signed-out': 'You are not signed in any more. Sign in again, please.',
  cancelled: 'Cancelled.',
  network: 'The node cannot be reached. Check that it runs and that this device is in its network.',
  unexpected: 'Something went wrong in this page. Reload it; what you wrote is kept.',
})
