import { webLimits } from './limits.ts'

const browsers = [
  ['Edg/', 'Edge'],
  ['OPR/', 'Opera'],
  ['SamsungBrowser/', 'Samsung Internet'],
  ['Firefox/', 'Firefox'],
  ['FxiOS/', 'Firefox'],
  ['CriOS/', 'Chrome'],
  ['Chromium/', 'Chromium'],
  ['Chrome/', 'Chrome'],
  ['Safari/', 'Safari'],
] as const

const systems = [
  ['Android', 'Android'],
  ['iPhone', 'iPhone'],
  ['iPad', 'iPad'],
  ['Windows', 'Windows'],
  ['Mac OS X', 'Mac'],
  ['CrOS', 'ChromeOS'],
  ['Linux', 'Linux'],
] as const

/** What a browser says of itself, as people call it: `Firefox on Android`. Only known words are ever said. */
export function browserOf(userAgent: string | undefined): string {
  const text = (userAgent ?? '').slice(0, webLimits.userAgentLettersMax)
  const browser = browsers.find(([mark]) => text.includes(mark))?.[1] ?? 'A browser'
  const system = systems.find(([mark]) => text.includes(mark))?.[1]
  return system === undefined ? browser : `${browser} on ${system}`
}
