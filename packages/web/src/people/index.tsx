/**
 * Who lives on this node, how they come to it, its first run, and how somebody's own apps and phones log in.
 *
 * Passwords, links and codes are shown once, in a dialog, and kept nowhere in the browser. Pages for who has no account
 * talk to the node by HTTP, and end by loading the app anew; all others use the one door.
 */
export { AppsPage } from './apps-page.tsx'
export { JoinPage } from './join-page.tsx'
export { NodePage } from './node-page.tsx'
export { PasswordPage } from './password-page.tsx'
export { PeoplePage } from './people-page.tsx'
export { SetUpPage } from './set-up-page.tsx'
export { TokensPage } from './tokens-page.tsx'
