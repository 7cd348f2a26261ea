import type { FileView } from '@posthorn/api'
import { Download, FileArchive, FileAudio, FileImage, FileText, FileVideo, File as Other } from 'lucide-react'
import { fileSize } from '../../i18n/index.ts'
import { plainLine } from '../../text/line.ts'
import { shortFileName } from '../text/safe.ts'
import { say } from '../words.ts'
import css from './card.module.css'
import { IconButtonLink } from './icon-link.tsx'

/** A file: what its sender calls it, how large it is, and a way to keep it. It is never opened in this page. */
export function FileCard({ file }: { readonly file: FileView }) {
  const Icon = iconOf(file.mime)
  const name = plainLine(file.name)
  return (
    <div className={css['card']}>
      <span className={css['icon']}>
        <Icon aria-hidden size={22} />
      </span>
      <span className={css['texts']}>
        <span className={css['title']} title={name}>
          <bdi>{shortFileName(file.name)}</bdi>
        </span>
        <span className={css['note']}>
          {fileSize(file.sizeBytes)}
          {kindOf(name) === '' ? null : ` · ${kindOf(name)}`}
        </span>
      </span>
      {file.path === null ? null : (
        <IconButtonLink icon={Download} label={say('download', { name })} href={file.path} download={name} />
      )}
    </div>
  )
}

function iconOf(mime: string) {
  if (mime.startsWith('image/')) return FileImage
  if (mime.startsWith('audio/')) return FileAudio
  if (mime.startsWith('video/')) return FileVideo
  if (mime.startsWith('text/') || mime === 'application/pdf') return FileText
  return /zip|tar|compressed|7z|rar/.test(mime) ? FileArchive : Other
}

/** The ending, in capitals, when it is one. */
function kindOf(name: string): string {
  return /\.([a-z0-9]{1,8})$/i.exec(name)?.[1]?.toUpperCase() ?? ''
}
