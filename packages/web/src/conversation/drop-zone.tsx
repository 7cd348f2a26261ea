import { FilePlus2 } from 'lucide-react'
import { type DragEvent, type ReactNode, useState } from 'react'
import { addFiles } from './composer/tray-files.ts'
import css from './conversation.module.css'
import { say } from './words.ts'

interface Props {
  readonly chat: number
  readonly name: string
  readonly canSend: boolean
  readonly children: ReactNode
}

/** Files that are dropped anywhere on the conversation go into the tray. */
export function DropZone({ chat, name, canSend, children }: Props) {
  const [depth, setDepth] = useState(0)
  const holdsFiles = ({ dataTransfer }: DragEvent) => canSend && dataTransfer.types.includes('Files')
  return (
    <section
      aria-label={name}
      className={css['zone']}
      onDragEnter={event => holdsFiles(event) && setDepth(depth + 1)}
      onDragLeave={event => holdsFiles(event) && setDepth(Math.max(0, depth - 1))}
      onDragOver={event => {
        // A file that is dropped beside would be opened in place of this page.
        if (event.dataTransfer.types.includes('Files')) event.preventDefault()
      }}
      onDrop={event => {
        if (!event.dataTransfer.types.includes('Files')) return
        event.preventDefault()
        setDepth(0)
        if (canSend) void addFiles(chat, [...event.dataTransfer.files])
      }}
    >
      {children}
      {depth > 0 ? (
        <div className={css['drop']}>
          <FilePlus2 aria-hidden size={40} strokeWidth={1.5} />
          {say('dropHere')}
        </div>
      ) : null}
    </section>
  )
}
