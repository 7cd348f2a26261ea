import { Smile } from 'lucide-react'
import { lazy, Suspense, useEffect, useRef, useState } from 'react'
import { IconButton, Spinner } from '../../ui/index.ts'
import { say } from '../words.ts'
import css from './composer.module.css'

export const EmojiPicker = lazy(() => import('./emoji-picker.tsx').then(part => ({ default: part.EmojiPicker })))

/** The picker comes above the field and stays until one clicks beside it: often more than one is wanted. */
export function EmojiButton({ onChoose }: { readonly onChoose: (emoji: string) => void }) {
  const [isOpen, setOpen] = useState(false)
  const place = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (!isOpen) return
    const close = (event: KeyboardEvent) => {
      if (event.key !== 'Escape') return
      event.preventDefault()
      setOpen(false)
    }
    const beside = (event: PointerEvent) => {
      if (event.target instanceof Node && place.current?.contains(event.target) !== true) setOpen(false)
    }
    window.addEventListener('keydown', close, { capture: true })
    window.addEventListener('pointerdown', beside)
    return () => {
      window.removeEventListener('keydown', close, { capture: true })
      window.removeEventListener('pointerdown', beside)
    }
  }, [isOpen])
  return (
    <div ref={place} className={css['emoji']}>
      <IconButton icon={Smile} label={say('emoji')} aria-expanded={isOpen} onClick={() => setOpen(!isOpen)} />
      {isOpen ? (
        <div className={css['picker']}>
          <Suspense fallback={<Spinner />}>
            <EmojiPicker onChoose={onChoose} />
          </Suspense>
        </div>
      ) : null}
    </div>
  )
}
