import { X } from 'lucide-react'
import { create } from 'zustand'
import { Button } from './button.tsx'
import { IconButton } from './icon-button.tsx'
import css from './toast.module.css'
import { say } from './words.ts'

export interface ToastContent {
  readonly text: string
  readonly tone?: 'neutral' | 'danger'
  readonly action?: { readonly label: string; readonly run: () => void }
}

interface Shown extends ToastContent {
  readonly id: number
}

const shownMs = 6000
const shownMax = 3
const useToasts = create<{ readonly shown: readonly Shown[]; readonly last: number }>(() => ({ shown: [], last: 0 }))

/** Says something in passing, from anywhere. What somebody must not miss is no toast. */
export function toast(content: ToastContent): void {
  const id = useToasts.getState().last + 1
  useToasts.setState(state => ({ last: id, shown: [...state.shown, { ...content, id }].slice(-shownMax) }))
  setTimeout(() => dismiss(id), shownMs)
}

function dismiss(id: number): void {
  useToasts.setState(state => ({ shown: state.shown.filter(item => item.id !== id) }))
}

/** Once, in the frame of the app. */
export function Toasts() {
  const shown = useToasts(state => state.shown)
  return (
    <div className={css['toasts']} role="log" aria-live="polite">
      {shown.map(({ id, text, tone = 'neutral', action }) => (
        <div key={id} className={css['toast']} data-tone={tone}>
          <span className={css['text']}>{text}</span>
          {action === undefined ? null : (
            <Button
              look="quiet"
              className={css['action']}
              onClick={() => {
                dismiss(id)
                action.run()
              }}
            >
              {action.label}
            </Button>
          )}
          <IconButton small icon={X} label={say('close')} className={css['close']} onClick={() => dismiss(id)} />
        </div>
      ))}
    </div>
  )
}
