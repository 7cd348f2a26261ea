/** What this browser keeps for itself: how things look here. Lost with the browser's data, and nothing else with it. */
export * from './outbox/index.ts'
export * from './preferences.ts'
