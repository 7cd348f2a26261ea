/** How a person's login is shown: address, password, link and QR. */
import type { UserAccess } from '../../../node/operations/people-types.ts'
import type { CommandContext } from '../../command.ts'
import { readStandardInput } from '../../input.ts'
import { qrCode } from '../../output.ts'

export function showAccess(context: CommandContext, access: UserAccess): void {
  if (context.json) {
    context.output.json(access)
    return
  }
  const { address, password, dclogin, imap, smtp, pop3 } = access
  context.output.say(
    [
      `Address   ${address}`,
      `Password  ${password}`,
      `IMAP      ${imap.host}, port ${imap.port}, ${imap.security}`,
      `SMTP      ${smtp.host}, port ${smtp.port}, ${smtp.security}`,
      `POP3      ${pop3.host}, port ${pop3.port}, ${pop3.security}`,
      '',
      'Delta Chat: choose “I already have a profile”, then scan this code or paste the link:',
      '',
      qrCode(dclogin),
      dclogin,
      '',
      'Code and link hold the password: show them to nobody else. The password is not shown again.',
    ].join('\n'),
  )
}

/** The first line of standard input when asked for, so that the password stands in no list of processes. */
export async function passwordParam(fromStdin: boolean | undefined): Promise<{ password?: string }> {
  if (fromStdin !== true) return {}
  const [line = ''] = (await readStandardInput()).split(/\r?\n/)
  return { password: line }
}
