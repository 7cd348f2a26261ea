/** Looking into messages without the server: for programs that need a header field understood. */

export { addressList } from './addresses.ts'
