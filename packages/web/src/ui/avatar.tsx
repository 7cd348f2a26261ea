import css from './avatar.module.css'

export interface AvatarProps {
  readonly name: string
  readonly avatar: { readonly path: string | null; readonly color: string; readonly initials: string }
  /** In rem. */
  readonly size?: number
  /** Groups and channels are told from people by their shape. */
  readonly square?: boolean
}

/** A picture, or initials on a colour. Beside a name it says nothing new, so it is not read aloud. */
export function Avatar({ avatar, size = 3, square = false }: AvatarProps) {
  const radius = square ? '28%' : '50%'
  const shape = {
    inlineSize: `${size}rem`,
    blockSize: `${size}rem`,
    borderRadius: radius,
    fontSize: `${size * 0.4}rem`,
  }
  if (avatar.path !== null) {
    return <img className={css['avatar']} style={shape} src={avatar.path} alt="" loading="lazy" decoding="async" />
  }
  return (
    <span aria-hidden className={css['avatar']} style={{ ...shape, backgroundColor: readable(avatar.color) }}>
      {avatar.initials}
    </span>
  )
}

/** White initials can be read on it. */
function readable(color: string): string {
  return `color-mix(in oklab, ${color} 72%, #2a2115)`
}
