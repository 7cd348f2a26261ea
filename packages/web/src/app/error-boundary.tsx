import { RotateCw } from 'lucide-react'
import { Component, type ReactNode } from 'react'
import { Button, EmptyState } from '../ui/index.ts'
import { say } from './words.ts'

/** When a part of the page fails, the rest of the world is still there: words, and a way on. */
export class ErrorBoundary extends Component<{ readonly children: ReactNode }, { readonly broken: boolean }> {
  override readonly state = { broken: false }

  static getDerivedStateFromError() {
    return { broken: true }
  }

  override render() {
    if (!this.state.broken) return this.props.children
    const reload = (
      <Button look="primary" icon={<RotateCw aria-hidden size={18} />} onClick={() => window.location.reload()}>
        {say('reload')}
      </Button>
    )
    return (
      <EmptyState title={say('broken')} action={reload}>
        {say('brokenAbout')}
      </EmptyState>
    )
  }
}
