/**
 * Runs one command and answers it. Every command gets exactly one tagged answer, whatever it does, as long as the
 * stream can be kept in step: faults of the client are BAD or NO, faults of the store NO [SERVERBUG].
 */
import { commandNamed } from '../commands/table.ts'
import type { CommandFrame, RefusedFrame } from '../grammar/frame.ts'
import {
  AssertionError,
  Farewell,
  LimitFault,
  RefusedFault,
  SessionEnded,
  StreamBroken,
  SyntaxFault,
} from './faults.ts'
import { type Command, no, type Reply } from './reply.ts'
import type { Session } from './session.ts'

function bad(text: string): Reply {
  return { status: 'BAD', text }
}

function wrongState(command: Command, session: Session): Reply | undefined {
  const { state } = session
  switch (command.when) {
    case 'always':
      return undefined
    case 'before-login':
      return state === 'not-authenticated' ? undefined : bad('Already logged in')
    case 'logged-in':
      return state === 'not-authenticated' ? bad('Log in first') : undefined
    case 'selected':
      return state === 'selected' ? undefined : bad('Select a folder first')
  }
}

/** The answer to what a command threw. What ends the connection is thrown on. */
function replyTo(error: unknown, session: Session): Reply {
  if (error instanceof SyntaxFault) return bad(error.message)
  if (error instanceof LimitFault) {
    session.event({ kind: 'limit', limit: error.limit })
    return no(error.message, 'LIMIT')
  }
  if (error instanceof RefusedFault) return no(error.message, error.code)
  const ends = [Farewell, SessionEnded, StreamBroken, AssertionError].some(kind => error instanceof kind)
  if (ends) throw error
  session.event({ kind: 'error', error })
  return no('Something is wrong here, try again later', 'SERVERBUG')
}

async function run(session: Session, frame: CommandFrame | RefusedFrame): Promise<[Reply, Command | undefined]> {
  if (frame.kind === 'refused') {
    if (frame.limit !== undefined) session.event({ kind: 'limit', limit: frame.limit })
    const { status, code, text } = frame
    return [code === undefined ? { status, text } : { status, code, text }, undefined]
  }
  const command = commandNamed(frame.name)
  if (command === undefined) return [bad('Unknown command'), undefined]
  const wrong = wrongState(command, session)
  if (wrong !== undefined) return [wrong, undefined]
  try {
    return [await command.run(session, frame.args, frame.message), command]
  } catch (error) {
    return [replyTo(error, session), command]
  }
}

/** Tells what others did. A store in trouble does not spoil the answer of a command that is done. */
async function tellNews(session: Session, command: Command): Promise<void> {
  if (command.news === 'none' || session.state !== 'selected') return
  try {
    await session.view.refresh()
  } catch (error) {
    if (error instanceof AssertionError) throw error
    session.event({ kind: 'error', error })
  }
  await session.report(command.news === 'all')
}

/**
 * Runs and answers a command; the answer is on its way when the promise resolves.
 *
 * @throws Farewell, SessionEnded, StreamBroken, AssertionError when the connection must end.
 */
export async function execute(session: Session, frame: CommandFrame | RefusedFrame): Promise<Reply> {
  session.tag = frame.tag
  const [reply, command] = await run(session, frame)
  await frame.message?.discard()
  if (command !== undefined && reply.status !== 'BAD') await tellNews(session, command)
  session.responder.status(frame.tag, reply.status, reply.code, reply.text)
  await session.responder.sent()
  return reply
}
