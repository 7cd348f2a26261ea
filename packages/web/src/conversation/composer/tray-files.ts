import { toast } from '../../ui/index.ts'
import { say } from '../words.ts'
import { type Attachment, kindOf, nameOf, trayMax } from './attachments.ts'
import { compose, composingOf } from './composing.ts'

let lastKey = 0

/** Puts files into the tray of a chat. `asFiles`: pictures too go as they are. */
export async function addFiles(chat: number, files: readonly File[], asFiles = false): Promise<void> {
  const room = trayMax - composingOf(chat).tray.length
  if (files.length > room) toast({ text: say('tooMany', { count: trayMax }) })
  const added = await Promise.all(files.slice(0, room).map(file => attachmentOf(file, asFiles)))
  compose(chat, { tray: [...composingOf(chat).tray, ...added] })
}

export function takeOut(chat: number, key: string): void {
  const { tray } = composingOf(chat)
  const gone = tray.find(item => item.key === key)
  if (gone !== undefined && gone.preview !== null) URL.revokeObjectURL(gone.preview)
  compose(chat, { tray: tray.filter(item => item.key !== key) })
}

/** As a picture, or as a file in full quality. */
export function turnKind(chat: number, key: string): void {
  const turned = (item: Attachment): Attachment => ({ ...item, kind: item.kind === 'image' ? 'file' : 'image' })
  compose(chat, { tray: composingOf(chat).tray.map(item => (item.key === key ? turned(item) : item)) })
}

async function attachmentOf(given: File, asFile: boolean): Promise<Attachment> {
  lastKey += 1
  const file = new File([given], nameOf(given, new Date()), { type: given.type })
  const isPicture = kindOf(file) === 'image' || kindOf(file) === 'gif'
  const size = isPicture ? await sizeOf(file) : null
  // What no browser can read as a picture is none, whatever it calls itself.
  const preview = size === null ? null : URL.createObjectURL(file)
  const kind = asFile || (isPicture && size === null) ? 'file' : kindOf(file)
  return { key: `file-${lastKey}`, file, kind, preview, width: size?.width ?? null, height: size?.height ?? null }
}

async function sizeOf(file: File): Promise<{ readonly width: number; readonly height: number } | null> {
  try {
    const picture = await createImageBitmap(file)
    const { width, height } = picture
    picture.close()
    return { width, height }
  } catch {
    return null
  }
}
