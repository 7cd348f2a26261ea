import { Compass } from 'lucide-react'
import { Link } from 'wouter'
import { EmptyState } from '../ui/index.ts'
import { say } from './words.ts'

export function NotFound() {
  return (
    <EmptyState icon={Compass} title={say('notFound')} action={<Link href="/">{say('toChats')}</Link>}>
      {say('notFoundAbout')}
    </EmptyState>
  )
}
