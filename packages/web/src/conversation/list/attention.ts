import { useSyncExternalStore } from 'react'

/** Whether somebody looks at this page: it is visible, and has the focus. */
export function useAttention(): boolean {
  return useSyncExternalStore(listen, isThere)
}

function isThere(): boolean {
  return document.visibilityState === 'visible' && document.hasFocus()
}

function listen(changed: () => void): () => void {
  window.addEventListener('focus', changed)
  window.addEventListener('blur', changed)
  document.addEventListener('visibilitychange', changed)
  return () => {
    window.removeEventListener('focus', changed)
    window.removeEventListener('blur', changed)
    document.removeEventListener('visibilitychange', changed)
  }
}
