/** The command line: nouns and verbs, each in a file of its own under `commands/`. */
import { Command, CommanderError } from 'commander'
import { exitCodes } from './command.ts'
import { aliasCommands } from './commands/alias/index.ts'
import { areaCommands } from './commands/area/index.ts'
import { backupCommand } from './commands/backup/backup.ts'
import { restoreCommand } from './commands/backup/restore.ts'
import { botCommands } from './commands/bot/index.ts'
import { bundleCommands } from './commands/bundle/index.ts'
import { cardCommands } from './commands/card/index.ts'
import { fileCommands } from './commands/file/index.ts'
import { requestCommand } from './commands/file/request.ts'
import { folderCommands } from './commands/folder/index.ts'
import { execCommand } from './commands/handle/exec.ts'
import { handleCommands } from './commands/handle/index.ts'
import { inviteCommands } from './commands/invite/index.ts'
import { joinCommand } from './commands/invite/join.ts'
import { recallCommand } from './commands/letter/recall.ts'
import { resendCommand } from './commands/letter/resend.ts'
import { rmailCommand, rsmtpCommand, sendmailCommand } from './commands/letter/sendmail.ts'
import { trackCommand } from './commands/letter/track.ts'
import { calledByName } from './commands/letter/words.ts'
import { logCommand } from './commands/log/log.ts'
import { mailCommands } from './commands/mail/index.ts'
import { exportCommands } from './commands/moving/export.ts'
import { importCommand } from './commands/moving/import.ts'
import { callCommand } from './commands/neighbour/call.ts'
import { neighbourCommands } from './commands/neighbour/index.ts'
import { initCommand } from './commands/node/init.ts'
import { pipeCommand } from './commands/node/pipe.ts'
import { startCommand } from './commands/node/start.ts'
import { statusCommand } from './commands/node/status.ts'
import { tossCommand } from './commands/node/toss.ts'
import { quarantineCommands } from './commands/quarantine/index.ts'
import { queueCommands } from './commands/queue/index.ts'
import { scheduleCommands } from './commands/schedule/index.ts'
import { checkCommand } from './commands/spool/check.ts'
import { raiseCommand } from './commands/spool/raise.ts'
import { rmCommand } from './commands/spool/rm.ts'
import { statCommand } from './commands/spool/stat.ts'
import { tokenCommands } from './commands/token/index.ts'
import { userCommands } from './commands/user/index.ts'

/** Takes the place of the version in package.json when the program is bundled. */
declare const POSTHORN_VERSION: string

function program(argv: readonly string[]): Command {
  const top = new Command('posthorn')
    .description('Instant messaging that does not need the Internet.')
    // -V and its like behind a command are that command's.
    .enablePositionalOptions()
    .version(typeof POSTHORN_VERSION === 'string' ? POSTHORN_VERSION : '0.0.0')
  const commands = [
    initCommand(),
    startCommand(),
    statusCommand(),
    userCommands(),
    tokenCommands(),
    mailCommands(),
    aliasCommands(),
    botCommands(),
    cardCommands(),
    neighbourCommands(),
    inviteCommands(),
    joinCommand(),
    folderCommands(),
    callCommand(),
    pipeCommand(),
    scheduleCommands(),
    bundleCommands(),
    areaCommands(),
    fileCommands(),
    requestCommand(),
    execCommand(),
    handleCommands(),
    tossCommand(),
    sendmailCommand(argv),
    rmailCommand(argv),
    rsmtpCommand(argv),
    trackCommand(),
    recallCommand(),
    resendCommand(),
    queueCommands(),
    quarantineCommands(),
    backupCommand(),
    restoreCommand(),
    importCommand(),
    exportCommands(),
    statCommand(),
    raiseCommand(),
    rmCommand(),
    checkCommand(),
    logCommand(),
  ]
  for (const command of commands) top.addCommand(command)
  exitByThrowing(top)
  return top
}

/** So that misuse, of whatever command, says where help is and ends with our own exit code. */
function exitByThrowing(command: Command): void {
  command.exitOverride().showHelpAfterError('(posthorn --help, or --help behind the command, shows what can be said)')
  for (const child of command.commands) exitByThrowing(child)
}

try {
  const argv = calledByName(process.argv)
  await program(argv).parseAsync(argv)
} catch (error) {
  if (!(error instanceof CommanderError)) throw error
  process.exitCode = error.exitCode === 0 ? exitCodes.done : exitCodes.misuse
}
