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
