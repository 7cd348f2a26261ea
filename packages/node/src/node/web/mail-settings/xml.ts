/**
 * Small XML texts, where every value is escaped by the one function that puts it in. What XML 1.0 cannot hold (section
 * 2.2: control characters, halves of surrogate pairs) is left out.
 */

export type Xml = { readonly xml: string }

const header = '<?xml version="1.0" encoding="UTF-8"?>'
const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escaped(value: string): string {
  const legal = value.replaceAll(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, '')
  return legal.replaceAll(/[&<>"']/g, letter => entities[letter] ?? '')
}

type Inside = string | number | readonly Xml[]

/** One element. Its name and those of its attributes are ours; what stands in them is escaped. */
export function element(name: string, inside: Inside, attributes: Readonly<Record<string, string>> = {}): Xml {
  const shown = Object.entries(attributes).map(([key, value]) => ` ${key}="${escaped(value)}"`)
  const content = typeof inside === 'object' ? inside.map(({ xml }) => xml).join('') : escaped(String(inside))
  return { xml: `<${name}${shown.join('')}>${content}</${name}>` }
}

export function documentOf(root: Xml, doctype?: string): string {
  return `${header}\n${doctype === undefined ? '' : `${doctype}\n`}${root.xml}\n`
}
