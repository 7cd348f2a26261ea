/** What browsers are told to forbid: scripts of others, frames, guesses at types, words to other hosts. */

const appPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob:",
  "media-src 'self' blob:",
  "font-src 'self'",
  "connect-src 'self'",
  "worker-src 'self'",
  "manifest-src 'self'",
  "frame-src 'self'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ')

/** For what people sent each other: an origin of its own, and nothing runs in it. */
export const filePolicy = "sandbox; default-src 'none'; frame-ancestors 'none'"

export const securityHeaders: Readonly<Record<string, string>> = {
  'content-security-policy': appPolicy,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(self), microphone=(self), geolocation=(), payment=(), usb=(), serial=(), midi=()',
  'x-dns-prefetch-control': 'off',
}
