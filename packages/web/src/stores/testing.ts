/** Chats and contacts for tests. */
import type { ChatRow, ChatView, ContactView } from '@posthorn/api'

const avatar = { path: null, color: '#506070', initials: 'A' }

const facts = {
  id: 10,
  kind: 'single',
  name: 'Ann',
  avatar,
  self: false,
  device: false,
  request: false,
  verified: false,
  pinned: false,
  archived: false,
  unread: 0,
} as const

export function rowOf(parts: Partial<ChatRow> = {}): ChatRow {
  return {
    ...facts,
    muted: false,
    at: Date.UTC(2026, 10, 20, 9, 30),
    last: { id: 100, who: '', what: 'See you at the ferry', draft: false, state: null },
    ...parts,
  }
}

export function viewOf(parts: Partial<ChatView> = {}): ChatView {
  return {
    ...facts,
    mutedUntil: null,
    encrypted: true,
    description: '',
    members: [11],
    member: true,
    canSend: true,
    cannotSendWhy: '',
    disappearSeconds: 0,
    ...parts,
  }
}

export function contactOf(parts: Partial<ContactView> = {}): ContactView {
  return {
    id: 11,
    name: 'Ann',
    ownName: 'Ann',
    address: 'ann@camp.example',
    status: '',
    avatar,
    verified: false,
    reachable: true,
    blocked: false,
    bot: false,
    lastSeen: null,
    ...parts,
  }
}
