/**
 * What can be done, each as one object: menus, keys and the palette (Ctrl+K) all take it from here. A component offers
 * its actions while it is shown (`useActions`); of two with the same keys the one offered last is meant.
 */
export * from './action.ts'
export * from './keys.ts'
export * from './palette-store.ts'
