import { Copy } from 'lucide-react'
import { copyText } from '../text/copy.ts'
import { IconButton, toast } from '../ui/index.ts'
import css from './people.module.css'
import { say } from './words.ts'

/** Something to type or paste elsewhere, with a button that copies it. */
export function SecretText({ label, text }: { readonly label: string; readonly text: string }) {
  const copy = async () => {
    toast({ text: (await copyText(text)) ? say('copied') : say('notCopied') })
  }
  return (
    <div className={css['secret']}>
      <span className={css['texts']}>
        <span className={css['label']}>{label}</span>
        <code className={css['code']}>{text}</code>
      </span>
      <IconButton icon={Copy} label={say('copy')} onClick={() => void copy()} />
    </div>
  )
}
