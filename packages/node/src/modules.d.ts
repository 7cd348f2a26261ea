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

/** The part of it that is used here; the types of Node leave it to those of browsers. */
declare namespace WebAssembly {
  class Module {
    constructor(bytes: Uint8Array)
  }
  class Instance {
    constructor(module: Module)
    readonly exports: {
      readonly memory: { readonly buffer: ArrayBuffer }
      readonly compress: (lengthBytes: bigint) => void
    }
  }
}
