import { Camera } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { Avatar, type AvatarProps, Button, toast } from '../ui/index.ts'
import { CutDialog } from './cut-dialog.tsx'
import { type Picture, readPicture } from './picture.ts'
import css from './pictures.module.css'
import { say } from './words.ts'

interface PictureFieldProps extends Pick<AvatarProps, 'name' | 'avatar' | 'square'> {
  /** A JPEG; null: none any more. */
  readonly onChange: (picture: Blob | null) => void
}

/** The picture of somebody or of a group, with what changes it. */
export function PictureField({ name, avatar, square = false, onChange }: PictureFieldProps) {
  const input = useRef<HTMLInputElement>(null)
  const [picture, setPicture] = useState<Picture>()
  const [chosen, choose] = useChosen()
  const shown = chosen === undefined ? avatar : { ...avatar, path: chosen }
  const take = async (file: File | undefined) => {
    if (file === undefined) return
    const read = await readPicture(file)
    if (read === undefined) toast({ text: say('notAPicture'), tone: 'danger' })
    else setPicture(read)
  }
  const change = (blob: Blob | null) => {
    choose(blob)
    onChange(blob)
  }
  return (
    <div className={css['field']}>
      <Avatar name={name} avatar={shown} size={5} square={square} />
      <span className={css['buttons']}>
        <Button icon={<Camera aria-hidden size={18} />} onClick={() => input.current?.click()}>
          {shown.path === null ? say('choose') : say('change')}
        </Button>
        {shown.path === null ? null : (
          <Button look="quiet" onClick={() => change(null)}>
            {say('remove')}
          </Button>
        )}
      </span>
      <input
        ref={input}
        type="file"
        accept="image/*"
        hidden
        onChange={event => {
          void take(event.target.files?.[0])
          event.target.value = ''
        }}
      />
      {picture === undefined ? null : (
        <CutDialog picture={picture} onDone={change} onClose={() => setPicture(undefined)} />
      )}
    </div>
  )
}

/** What was chosen and is not sent yet, as an address to show it from: undefined for nothing, null for no picture. */
function useChosen(): [path: string | null | undefined, choose: (blob: Blob | null) => void] {
  const [path, setPath] = useState<string | null>()
  useEffect(() => {
    return typeof path === 'string' ? () => URL.revokeObjectURL(path) : undefined
  }, [path])
  return [path, blob => setPath(blob === null ? null : URL.createObjectURL(blob))]
}
