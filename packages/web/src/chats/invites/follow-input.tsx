import { apiLimits } from '@posthorn/api'
import { Image, ScanLine, VideoOff } from 'lucide-react'
import { type FormEvent, lazy, Suspense, useRef, useState } from 'react'
import { Button, TextField } from '../../ui/index.ts'
import css from './invites.module.css'
import { say } from './words.ts'

const Scanner = lazy(() => import('../../qr/scanner.tsx').then(({ Scanner }) => ({ default: Scanner })))

interface FollowInputProps {
  readonly fault: string | undefined
  readonly busy: boolean
  readonly onText: (text: string) => void
}

/** A phone is held before a code; at a desk a link is pasted. */
function isPhone(): boolean {
  return window.matchMedia('(pointer: coarse)').matches
}

/** Three ways to read an invite: camera, link, picture. */
export function FollowInput({ fault, busy, onText }: FollowInputProps) {
  const [link, setLink] = useState('')
  const [looking, setLooking] = useState(isPhone)
  const [pictureFault, setPictureFault] = useState<string>()
  const picture = useRef<HTMLInputElement>(null)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (link.trim() !== '') onText(link.trim())
  }
  const read = async (file: File | undefined) => {
    if (file === undefined) return
    const { scanPicture } = await import('../../qr/scanner.tsx')
    const found = await scanPicture(file)
    if ('text' in found) onText(found.text)
    else setPictureFault(found.fault)
  }
  const CameraIcon = looking ? VideoOff : ScanLine
  return (
    <form className={css['form']} onSubmit={submit}>
      <p className={css['text']}>{say('followText')}</p>
      {looking ? (
        <Suspense fallback={<div className={css['scanner-place']} />}>
          <Scanner onText={onText} />
        </Suspense>
      ) : null}
      <div className={css['ways']}>
        <Button icon={<CameraIcon aria-hidden size={18} />} onClick={() => setLooking(!looking)}>
          {looking ? say('noCamera') : say('camera')}
        </Button>
        <Button icon={<Image aria-hidden size={18} />} onClick={() => picture.current?.click()}>
          {say('picture')}
        </Button>
      </div>
      <TextField
        label={say('paste')}
        hint={say('pasteHint')}
        fault={fault ?? pictureFault}
        value={link}
        maxLength={apiLimits.linkLettersMax}
        dir="ltr"
        autoComplete="off"
        spellCheck={false}
        inputMode="url"
        onChange={event => setLink(event.target.value)}
      />
      <Button type="submit" look="primary" wide busy={busy} disabled={link.trim() === ''}>
        {say('next')}
      </Button>
      <input
        ref={picture}
        type="file"
        accept="image/*"
        hidden
        onChange={event => {
          void read(event.target.files?.[0])
          event.target.value = ''
        }}
      />
    </form>
  )
}
