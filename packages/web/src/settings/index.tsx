/** How this app looks, sounds and speaks here. */
export function SettingsPage() {
  return null
}
