/** Files that wait in the tray beside a message that is being written. */
import type { FileView, MessageKind } from '@posthorn/api'

export type AttachmentKind = Exclude<MessageKind, 'text' | 'app' | 'call'>

export interface Attachment {
  readonly key: string
  readonly file: File
  readonly kind: AttachmentKind
  /** `blob:` address of a picture of it, for this page only; null when it has none. */
  readonly preview: string | null
  readonly width: number | null
  readonly height: number | null
}

export const trayMax = 20

/** Pictures that every browser shows and every phone's engine makes smaller. SVG is a program: it goes as a file. */
const images = new Set(['image/jpeg', 'image/png', 'image/webp', 'image/bmp', 'image/avif'])

/** How a file travels: seen in the chat where that can be, else as it is. */
export function kindOf({ type, name }: { readonly type: string; readonly name: string }): AttachmentKind {
  if (type === 'image/gif') return 'gif'
  if (images.has(type)) return 'image'
  if (type.startsWith('video/')) return 'video'
  if (type.startsWith('audio/')) return 'audio'
  if (type === 'text/vcard' || type === 'text/x-vcard' || /\.vcf$/i.test(name)) return 'vcard'
  return 'file'
}

/** Whether it can be seen in the chat, so that there is something to choose. */
export function hasView(file: File): boolean {
  return kindOf(file) === 'image'
}

/** What a file of the tray looks like while it is on its way to the node. */
export function fileViewOf({ file, preview, width, height }: Attachment): FileView {
  const mime = file.type === '' ? 'application/octet-stream' : file.type
  return { name: file.name, mime, sizeBytes: file.size, path: preview, width, height, durationMs: null }
}

/** The name that the receiver sees. A pasted picture has none of its own. */
export function nameOf(file: File, at: Date): string {
  const stamp = at.toISOString().slice(0, 19).replaceAll(':', '-').replace('T', ' ')
  if (file.name === '' || file.name === 'image.png') return `image ${stamp}.${file.type.split('/')[1] ?? 'bin'}`
  return file.name.slice(-255)
}
