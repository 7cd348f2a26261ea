/** `.sql` files are bundled as text. */
declare module '*.sql' {
  const text: string
  export default text
}

/** The part of the library that is used here. */
declare module 'hjson' {
  const hjson: { parse(text: string): unknown }
  export default hjson
}
