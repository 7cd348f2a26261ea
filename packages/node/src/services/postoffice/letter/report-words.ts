/** What a report says to people. It promises nothing that the node does not know. */

/**
 * `returned`: given up after waiting; `expired`: its lifetime is over; for programs both are `failed`. `arrived`: after
 * one of these; for programs it is `delivered`.
 */
export type ReportKind = 'failed' | 'returned' | 'expired' | 'delayed' | 'delivered' | 'arrived' | 'relayed'

interface ReportWords {
  readonly subject: string
  readonly intro: string
  readonly outro: string
}

export function wordsFor(kind: ReportKind, nodeName: string): ReportWords {
  switch (kind) {
    case 'failed':
      return {
        subject: 'Your message could not be delivered',
        intro: `The node ${nodeName} received your message, but could not deliver it to:`,
        outro: 'It will not be tried again. Check the address and send it once more.',
      }
    case 'returned':
      return {
        subject: 'Your message was given up',
        intro: `Your message has waited at the node ${nodeName}, which does not try any longer to send it to:`,
        outro: 'It is not kept there any more. If it still matters, send it again.',
      }
    case 'expired':
      return {
        subject: 'Your message has expired',
        intro: `Your message has outlived its lifetime at the node ${nodeName} before its arrival was confirmed for:`,
        outro: 'It is taken back wherever that is possible. If it still matters, send it again.',
      }
    case 'delayed':
      return {
        subject: 'Your message still waits',
        intro: `Your message waits at the node ${nodeName}; its arrival has not been confirmed for:`,
        outro: 'This is only to let you know. You do not need to send it again.',
      }
    case 'delivered':
      return {
        subject: 'Your message was delivered',
        intro: `The node ${nodeName} has put your message into the mailbox of:`,
        outro: 'Whether it was read is not known.',
      }
    case 'arrived':
      return {
        subject: 'Your message has arrived after all',
        intro: `The node ${nodeName} had told you that it gave your message up. It has been delivered since to:`,
        outro: 'You do not need to send it again.',
      }
    case 'relayed':
      return {
        subject: 'Your message was passed on',
        intro: `The node ${nodeName} has handed your message over on its way to:`,
        outro: 'You may not hear of it when it arrives. If it cannot be delivered, you should be told.',
      }
  }
}
