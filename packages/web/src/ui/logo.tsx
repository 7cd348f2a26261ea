import { useId } from 'react'

/** The post horn of public/icons/posthorn.svg. It stands beside words that say the same, so it is not read aloud. */
export function Logo({ size = 32 }: { readonly size?: number }) {
  const id = useId()
  return (
    <svg width={size} height={size} viewBox="0 0 64 64" aria-hidden>
      <defs>
        <linearGradient id={id} x1="0" y1="0" x2="0" y2="1">
          <stop offset="0" stopColor="#f0b24c" />
          <stop offset="1" stopColor="#b9690c" />
        </linearGradient>
      </defs>
      <rect width="64" height="64" rx="15" fill={`url(#${id})`} />
      <g fill="none" stroke="#fffaf0" strokeLinecap="round">
        <path d="M12 24.5H27" strokeWidth="4.6" />
        <circle cx="27" cy="36" r="11.5" strokeWidth="4.6" />
        <path d="M9.2 20.8v7.4" strokeWidth="4.4" />
      </g>
      <path
        d="M27 22.2C38 22.2 46 20.5 52 13.2a1.6 1.6 0 0 1 2.8 1V34.8a1.6 1.6 0 0 1-2.8 1C46 28.5 38 26.8 27 26.8z"
        fill="#fffaf0"
      />
    </svg>
  )
}
