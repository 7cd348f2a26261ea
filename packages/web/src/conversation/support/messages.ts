/** Messages for tests. */
import type { FileView, MessageView } from '@posthorn/api'

export function message(parts: Partial<MessageView> & { readonly id: number }): MessageView {
  const at = parts.sortedAt ?? new Date(2026, 3, 7, 12).getTime()
  return {
    chat: 1,
    kind: 'text',
    text: `message ${parts.id}`,
    info: false,
    from: { id: 10, name: 'Ann', color: '#335577', avatar: { path: null, color: '#335577', initials: 'A' } },
    mine: false,
    sentAt: at,
    receivedAt: at,
    sortedAt: at,
    state: null,
    error: '',
    unread: false,
    edited: false,
    forwarded: false,
    saved: false,
    sealed: true,
    disappearSeconds: 0,
    file: null,
    rest: 'here',
    quote: null,
    reactions: [],
    card: null,
    html: false,
    ...parts,
  }
}

export function file(parts: Partial<FileView> = {}): FileView {
  const known = { name: 'photo.jpg', mime: 'image/jpeg', sizeBytes: 48_000, path: '/api/v1/files/1/photo.jpg' }
  return { ...known, width: null, height: null, durationMs: null, ...parts }
}
