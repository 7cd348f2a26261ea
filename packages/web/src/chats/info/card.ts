/** Contact cards: files that hold somebody's key, so that whoever reads them in can write at once. */
import type { ContactView } from '@posthorn/api'
import { api } from '../../api/index.ts'
import { nameOf } from '../row-text.ts'

const type = 'text/vcard'

export async function saveCard(view: ContactView): Promise<void> {
  const address = URL.createObjectURL(await cardOf(view))
  const link = document.createElement('a')
  link.href = address
  link.download = fileNameOf(view)
  link.click()
  // The browser has taken it by the next turn.
  setTimeout(() => URL.revokeObjectURL(address), 10_000)
}

/** By what the device has for it: near people, other apps. Only on pages with https. */
export function canShareCards(): boolean {
  return 'canShare' in navigator && navigator.canShare({ files: [new File([''], 'card.vcf', { type })] })
}

export async function shareCard(view: ContactView): Promise<void> {
  const file = new File([await cardOf(view)], fileNameOf(view), { type })
  // Rejects also when the person thinks better of it.
  await navigator.share({ files: [file] }).catch(() => undefined)
}

async function cardOf(view: ContactView): Promise<Blob> {
  const { vcard } = await api.call('contacts.card', { ids: [view.id] })
  return new Blob([vcard], { type })
}

/** A name of a stranger as the name of a file: letters and digits, nothing that leads anywhere. */
export function fileNameOf(view: { readonly name: string }): string {
  const plain = nameOf(view)
    .replace(/[^\p{Letter}\p{Number}\p{Mark} _-]+/gu, '')
    .trim()
    .slice(0, 60)
  return `${plain === '' ? 'contact' : plain}.vcf`
}
