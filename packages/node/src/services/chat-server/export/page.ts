/** A chat as a page to keep: it needs nothing but the files beside it, and runs nothing. */
import type { MessageView } from '@posthorn/api'

export interface KeptMessage extends Pick<MessageView, 'id' | 'kind' | 'text' | 'mine' | 'info' | 'edited'> {
  readonly at: string
  readonly from: string
  readonly forwarded: boolean
  readonly quote: { readonly from: string; readonly text: string } | null
  readonly reactions: readonly { readonly emoji: string; readonly count: number }[]
  /** `path` in the archive; null: it had not come. `image`: it is one that can be shown. */
  readonly file: {
    readonly name: string
    readonly sizeBytes: number
    readonly path: string | null
    readonly image: boolean
  } | null
}

const style = `
:root { color-scheme: light dark; font: 16px/1.45 system-ui, sans-serif }
body { max-width: 46rem; margin: 2rem auto; padding: 0 1rem }
article { margin: .5rem 0; padding: .5rem .8rem; border-radius: .8rem; background: light-dark(#f0f0f2, #2a2a2e);
  width: fit-content; max-width: 85%; overflow-wrap: anywhere }
article.mine { margin-inline-start: auto; background: light-dark(#dcebff, #1d3a5c) }
article.info { margin-inline: auto; background: none; opacity: .7; font-size: .9em }
p { margin: .2rem 0; white-space: pre-wrap } small { opacity: .7 } img { max-width: 100%; border-radius: .4rem }
blockquote { margin: .2rem 0; padding-inline-start: .6rem; border-inline-start: 3px solid; opacity: .8 }
h2 { text-align: center; font-size: .9rem; opacity: .7; margin: 1.5rem 0 .5rem }
`

export async function* pageOf(
  name: string,
  exportedAt: string,
  messages: AsyncIterable<KeptMessage>,
): AsyncGenerator<string> {
  const policy = "default-src 'none'; img-src 'self' file:; style-src 'unsafe-inline'"
  yield `<!doctype html>\n<html><head><meta charset="utf-8"><title>${escaped(name)}</title>
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1"><style>${style}</style></head>
<body><h1>${escaped(name)}</h1><p><small>As of ${exportedAt}. Times are UTC.</small></p>\n`
  let day = ''
  for await (const message of messages) {
    const [date = '', time = ''] = message.at.split('T')
    if (date !== day) yield `<h2>${date}</h2>\n`
    day = date
    yield articleOf(message, time.slice(0, 5))
  }
  yield '</body></html>\n'
}

function articleOf(message: KeptMessage, time: string): string {
  const { id, mine, info, from, text, quote, file, reactions, edited, forwarded } = message
  if (info) return `<article class="info" id="m${id}">${escaped(text)}</article>\n`
  const notes = [time, ...(edited ? ['edited'] : []), ...(forwarded ? ['forwarded'] : [])]
  const parts = [
    `<small><b>${escaped(from)}</b></small>`,
    quote === null ? '' : `<blockquote><small>${escaped(quote.from)}</small><p>${escaped(quote.text)}</p></blockquote>`,
    file === null ? '' : fileOf(file),
    text === '' ? '' : `<p dir="auto">${escaped(text)}</p>`,
    `<small>${[...notes, ...reactions.map(({ emoji, count }) => escaped(`${emoji} ${count}`))].join(' · ')}</small>`,
  ]
  return `<article${mine ? ' class="mine"' : ''} id="m${id}">${parts.join('')}</article>\n`
}

function fileOf({ name, path, image, sizeBytes }: NonNullable<KeptMessage['file']>): string {
  const label = `${escaped(name)} (${sizeBytes} bytes)`
  if (path === null) return `<p>${label}: it had not come.</p>`
  const link = escaped(path.split('/').map(encodeURIComponent).join('/'))
  return image
    ? `<p><img loading="lazy" src="${link}" alt="${escaped(name)}"></p>`
    : `<p><a href="${link}">${label}</a></p>`
}

const replaced: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, letter => replaced[letter] ?? '')
}
