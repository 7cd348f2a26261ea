import type { MessageKind, MessageView } from '@posthorn/api'
import { shortened } from '../text/safe.ts'
import { say } from '../words.ts'

/** What a message is when it has no text. */
export function kindName(kind: MessageKind): string {
  const names: Readonly<Record<MessageKind, string>> = {
    text: '',
    image: say('photo'),
    gif: say('gif'),
    sticker: say('sticker'),
    audio: say('audio'),
    voice: say('voice'),
    video: say('video'),
    file: say('fileKind'),
    vcard: say('contactKind'),
    app: say('app'),
    call: say('call'),
  }
  return names[kind]
}

/** A message in a few words: for what is read aloud, and for short lines. */
export function summaryOf({ kind, text, file }: MessageView, lettersMax = 300): string {
  const what = kind === 'file' ? (file?.name ?? '') : kindName(kind)
  return shortened([what, text].filter(part => part !== '').join(': '), lettersMax)
}
