import { useId } from 'react'

/** The post horn, drawn for Posthorn. It stands beside words that say the same, so it is not read aloud. */
export function Logo({ size = 32 }: { readonly size?: number }) {
  const id = useId()
  return (
    <svg width={size} height={size} viewBox="0 0 64 64" aria-hidden>
      <defs>
        <linearGradient id={id} x1="0" y1="0" x2="1" y2="1">
          <stop offset="0" stopColor="#f6c15c" />
          <stop offset="1" stopColor="#b86d10" />
        </linearGradient>
      </defs>
      <rect width="64" height="64" rx="15" fill={`url(#${id})`} />
      <g fill="none" stroke="#fffaf0" strokeWidth="5" strokeLinecap="round" strokeLinejoin="round">
        <path d="M10 27h29a12.5 12.5 0 1 1-12.500 12.500" />
        <path d="M39 27c6 0 10-3 14-9v18c-4-6-8-9-14-9z" fill="#fffaf0" />
      </g>
    </svg>
  )
}
