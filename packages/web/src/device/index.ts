/** What this browser keeps for itself: how things look here. Lost with the browser's data, and nothing else with it. */
export * from './app-shell.ts'
export * from './install.ts'
export * from './leaving.ts'
export * from './notifications.ts'
export * from './outbox/index.ts'
export * from './preferences.ts'
