import type { LucideIcon } from 'lucide-react'
import css from './card.module.css'

interface Props {
  readonly icon: LucideIcon
  readonly label: string
  readonly href: string
  readonly download: string
}

/** A link that looks like a button with an icon: what it leads to is kept as a file. */
export function IconButtonLink({ icon: Icon, label, href, download }: Props) {
  return (
    <a className={css['link']} href={href} download={download} aria-label={label} title={label}>
      <Icon aria-hidden size={20} />
    </a>
  )
}
