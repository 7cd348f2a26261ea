import { Dialog } from '../../ui/index.ts'
import { ContactDetails } from '../info/contact-details.tsx'
import { say } from '../words.ts'

interface ContactDialogProps {
  readonly contact: number
  readonly go: (path: string) => void
  readonly onClose: () => void
}

/** What is known of somebody, from wherever their name stands. */
export function ContactDialog({ contact, go, onClose }: ContactDialogProps) {
  const leave = (path: string) => {
    onClose()
    go(path)
  }
  return (
    <Dialog title={say('contact')} onClose={onClose}>
      <ContactDetails contact={contact} go={leave} withChat />
    </Dialog>
  )
}
