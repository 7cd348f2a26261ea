import { toast } from '../../ui/index.ts'
import { say } from '../words.ts'
import { type Attachment, kindOf, nameOf, trayMax } from './attachments.ts'
import { compose, composingOf } from './composing.ts'

let lastKey = 0

/** Puts files into the tray of a chat. `asFiles`: pictures too go as they are. */
export async function addFiles(chat: number, files: readonly File[], asFiles = false): Promise<void> {
  const added = await Promise.all(files.slice(0, trayMax).map(file => attachmentOf(file, asFiles)))
  // What else was added meanwhile takes room too.
  const { tray } = composingOf(chat)
  const room = trayMax - tray.length
  if (files.length > room) toast({ text: say('tooMany', { count: trayMax }) })
  for (const { preview } of added.slice(room)) forgetPreview(preview)
  compose(chat, { tray: [...tray, ...added.slice(0, room)] })
}

/** Those of files that nobody shows any more, sent or not: nothing else tells when the last look at one is over. */
const forgotten = new FinalizationRegistry<string>(forgetPreview)

function forgetPreview(preview: string | null): void {
  if (preview !== null) URL.revokeObjectURL(preview)
}

export function takeOut(chat: number, key: string): void {
  const { tray } = composingOf(chat)
  const gone = tray.find(item => item.key === key)
  if (gone !== undefined) forgetPreview(gone.preview)
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
  if (preview !== null) forgotten.register(file, preview)
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
