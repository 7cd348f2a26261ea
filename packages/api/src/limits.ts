/** What one call may carry, in one place; both ends keep to it. */
export const apiLimits = {
  /** One text over the WebSocket, and one body of a call by HTTP: UTF-8. */
  frameBytesMax: 1024 * 1024,
  /** Calls of one connection that wait for their answers. */
  callsAtOnceMax: 64,
  methodLettersMax: 64,
  /** Rows asked for by their ids in one call. */
  rowsMax: 200,
  /** Messages of which one call asks where they are. */
  briefsMax: 50,
  /** Of a message as somebody writes it. */
  textLettersMax: 100_000,
  nameLettersMax: 200,
  statusLettersMax: 2000,
  queryLettersMax: 200,
  /** Of a link or QR code that was scanned or pasted. */
  linkLettersMax: 8192,
  membersMax: 500,
  forwardMax: 32,
  userLettersMax: 64,
  passwordLettersMax: 1024,
  labelLettersMax: 64,
  inviteDaysMax: 365,
  /** People that may come by one invite. */
  inviteUsesMax: 100,
  /** Of a neighbour, folder or area, as it is called here. */
  nodeNameLettersMax: 64,
  addressLettersMax: 1024,
  addressesMax: 16,
  relaysMax: 16,
  /** A card, an invite or a reply, also as a whole file of them. */
  handedOverLettersMax: 262_144,
  cronLettersMax: 200,
  pathLettersMax: 4096,
  historyDaysMax: 400,
  secondsMax: 10 * 365 * 86_400,
} as const
