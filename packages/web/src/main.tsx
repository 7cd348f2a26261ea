/** Where the page begins: how it looks and speaks is settled before anything is drawn. */
import './ui/tokens.css'
import './ui/base.css'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './app/app.tsx'
import { applyPreferences, preferredLanguage, watchInstall } from './device/index.ts'
import { speak } from './i18n/index.ts'

const root = document.getElementById('root')
if (root !== null) {
  watchInstall()
  applyPreferences(document.documentElement)
  void speak(preferredLanguage()).then(() => {
    createRoot(root).render(
      <StrictMode>
        <App />
      </StrictMode>,
    )
  })
}
