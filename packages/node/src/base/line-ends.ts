const cr = 0x0d
const lf = 0x0a

/**
 * CRLF becomes LF: what a mail program behind stock NNCP expects on its standard input. Nothing else changes, and since
 * submissions with a bare CR or LF are refused, nothing is lost by it.
 */
export async function* withLfEnds(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let heldCr = false
  for await (const chunk of source) {
    const out = new Uint8Array(chunk.length + 1)
    let length = 0
    for (const byte of chunk) {
      if (heldCr && byte !== lf) out[length++] = cr
      heldCr = byte === cr
      if (!heldCr) out[length++] = byte
    }
    if (length > 0) yield out.subarray(0, length)
  }
  if (heldCr) yield Uint8Array.of(cr)
}

/**
 * Every CR LF, CR or LF becomes CR LF. A letter of another node may come with any of them, and a bare one would be the
 * means of smuggling when it is handed on (RFC 5321 §2.3.8).
 */
export async function* withCrlfEnds(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let afterCr = false
  for await (const chunk of source) {
    if (!afterCr && isSound(chunk)) {
      yield chunk
      continue
    }
    const out = new Uint8Array(2 * chunk.length)
    let length = 0
    for (const byte of chunk) {
      // The pair is written at its CR; the LF behind it adds nothing.
      if (byte === cr || (byte === lf && !afterCr)) {
        out[length++] = cr
        out[length++] = lf
      } else if (byte !== lf) out[length++] = byte
      afterCr = byte === cr
    }
    if (length > 0) yield out.subarray(0, length)
  }
}

/** Nothing of it needs a change, whatever follows. */
function isSound(chunk: Uint8Array): boolean {
  if (chunk.at(-1) === cr) return false
  let bare = 0
  for (let at = chunk.indexOf(lf); at !== -1; at = chunk.indexOf(lf, at + 1)) {
    if (at === 0 || chunk[at - 1] !== cr) return false
    bare -= 1
  }
  for (let at = chunk.indexOf(cr); at !== -1; at = chunk.indexOf(cr, at + 1)) bare += 1
  return bare === 0
}
