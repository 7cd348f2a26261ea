/**
 * The parts that every page is made of. They know words of their own (words.ts) and nothing of chats or nodes; what
 * they show and do is handed in. `tokens.css` holds every colour, size and time.
 */
export * from './avatar.tsx'
export * from './badge.tsx'
export * from './banner.tsx'
export * from './button.tsx'
export * from './choice.tsx'
export * from './classes.ts'
export * from './dialog.tsx'
export * from './empty-state.tsx'
export * from './field.tsx'
export * from './icon-button.tsx'
export * from './logo.tsx'
export * from './menu.tsx'
export * from './page.tsx'
export * from './progress.tsx'
export * from './qr.tsx'
export * from './row.tsx'
export * from './switch.tsx'
export * from './tabs.tsx'
export * from './toast.tsx'
export * from './tooltip.tsx'
