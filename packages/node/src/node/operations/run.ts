/** Every operation by its name: the one table behind the command line and the admin socket. */
import { OperatingError } from '../../base/errors.ts'
import type { ServedNode } from '../served.ts'
import { addAlias, forwardUser, listAliases, removeAlias } from './aliases.ts'
import { addAppPassword, listAppPasswords, removeAppPassword } from './app-passwords.ts'
import { sendExecToArea, sendFileToArea } from './area-messages.ts'
import {
  createArea,
  joinArea,
  listAreas,
  removeArea,
  setArea,
  showArea,
  subscribeToArea,
  unsubscribeFromArea,
} from './areas.ts'
import { holdForBackup } from './backup.ts'
import { showBot } from './bot.ts'
import { confirmBundle, readBundleFile, writeBundleFile } from './bundles.ts'
import { callNeighbour } from './calls.ts'
import { checkAll } from './check.ts'
import { setFileRules } from './file-rules.ts'
import { forgetFile, listFiles, requestFile, sendFile } from './files.ts'
import { addFolder, listFolders, releaseFolder, removeFolder, showContents, syncFolders } from './folders.ts'
import { addHandle, listHandles, removeHandle, sendExec } from './handles.ts'
import { pauseNeighbour, showHistory } from './history.ts'
import { inviteUser, listJoinInvites, uninviteUser } from './join-invites.ts'
import { judgeRecipient, resendLetters, submitLetter } from './letters.ts'
import { exportMail, importMail, rebuildMail } from './mail.ts'
import { exportNncp, importNncp, putNncpSpool, takeNncpSpool } from './moving.ts'
import { listNearby } from './nearby.ts'
import { addNeighbour, listNeighbours, removeNeighbour, showCard, showNeighbour } from './neighbours.ts'
import { acceptReply, addInvite, cancelInvite, followInvite, join, listInvites, replyToInvitation } from './pairing.ts'
import { checkedParams } from './params.ts'
import { listQuarantine, removeFromQuarantine, retryFromQuarantine } from './quarantine.ts'
import { listQueue, removeQueued, retryQueued, showQueued } from './queue.ts'
import { recallLetter } from './recall.ts'
import { addSchedule, limitNeighbour, listSchedules, removeSchedule } from './schedules.ts'
import { forgetSeen, removePackets, removePartials, showStat } from './spool.ts'
import { showStatus, tossNow } from './status.ts'
import { addToken, listTokens, removeToken } from './tokens.ts'
import { followJourneys, trackLetters } from './tracking.ts'
import type { OperationContext, OperationName, OperationTypes, ParamsOf, ResultOf } from './types.ts'
import { setNotices, setQuota, setRetention } from './user-limits.ts'
import { addUser, listUsers, removeUser, setAdmin, setPassword, showUser } from './users.ts'
import { listPackets, raisePacket } from './waiting-packets.ts'

type Operations = {
  readonly [N in keyof OperationTypes]: (
    node: ServedNode,
    params: OperationTypes[N]['params'],
    context: OperationContext,
  ) => Promise<OperationTypes[N]['result']> | OperationTypes[N]['result']
}

const operations: Operations = {
  status: showStatus,
  'user.add': addUser,
  'user.admin': setAdmin,
  'token.add': addToken,
  'token.list': listTokens,
  'token.remove': removeToken,
  'user.list': listUsers,
  'user.password': setPassword,
  'user.show': showUser,
  'user.remove': removeUser,
  'user.quota': setQuota,
  'user.set': setNotices,
  'bot.show': showBot,
  'user.retention': setRetention,
  'user.invite': inviteUser,
  'user.invites': listJoinInvites,
  'user.uninvite': uninviteUser,
  'user.forward': forwardUser,
  'app-password.add': addAppPassword,
  'app-password.list': listAppPasswords,
  'app-password.remove': removeAppPassword,
  'alias.add': addAlias,
  'alias.list': listAliases,
  'alias.remove': removeAlias,
  'card.show': showCard,
  'neighbour.add': addNeighbour,
  'neighbour.list': listNeighbours,
  'neighbour.nearby': listNearby,
  'neighbour.show': showNeighbour,
  'neighbour.remove': removeNeighbour,
  'neighbour.set': setFileRules,
  'neighbour.call': callNeighbour,
  'neighbour.limit': limitNeighbour,
  'neighbour.pause': pauseNeighbour,
  'neighbour.history': showHistory,
  'schedule.add': addSchedule,
  'schedule.list': listSchedules,
  'schedule.remove': removeSchedule,
  'invite.add': addInvite,
  'invite.list': listInvites,
  'invite.cancel': cancelInvite,
  'invite.follow': followInvite,
  'invite.accept': acceptReply,
  'pairing.join': join,
  'pairing.reply': replyToInvitation,
  'folder.add': addFolder,
  'folder.list': listFolders,
  'folder.remove': removeFolder,
  'folder.sync': syncFolders,
  'folder.contents': showContents,
  'folder.release': releaseFolder,
  'bundle.write': writeBundleFile,
  'bundle.confirm': confirmBundle,
  'bundle.read': readBundleFile,
  'file.send': sendFile,
  'file.request': requestFile,
  'file.forget': forgetFile,
  'file.list': listFiles,
  'area.create': createArea,
  'area.join': joinArea,
  'area.list': listAreas,
  'area.show': showArea,
  'area.subscribe': subscribeToArea,
  'area.unsubscribe': unsubscribeFromArea,
  'area.set': setArea,
  'area.remove': removeArea,
  'area.send': sendFileToArea,
  'area.exec': sendExecToArea,
  'backup.hold': holdForBackup,
  'mail.import': importMail,
  'mail.export': exportMail,
  'mail.rebuild': rebuildMail,
  'nncp.import': importNncp,
  'nncp.take-spool': takeNncpSpool,
  'nncp.export': exportNncp,
  'nncp.put-spool': putNncpSpool,
  'letter.recall': recallLetter,
  'letter.resend': resendLetters,
  'letter.judge': judgeRecipient,
  'letter.submit': submitLetter,
  'exec.send': sendExec,
  'handle.add': addHandle,
  'handle.list': listHandles,
  'handle.remove': removeHandle,
  'spool.check': checkAll,
  'spool.stat': showStat,
  'spool.packets': listPackets,
  'spool.raise': raisePacket,
  'spool.remove': removePackets,
  'spool.remove-partial': removePartials,
  'spool.forget-seen': forgetSeen,
  toss: tossNow,
  'journey.track': trackLetters,
  'journey.news': followJourneys,
  'queue.list': listQueue,
  'queue.show': showQueued,
  'queue.retry': retryQueued,
  'queue.remove': removeQueued,
  'quarantine.list': listQuarantine,
  'quarantine.remove': removeFromQuarantine,
  'quarantine.retry': retryFromQuarantine,
}

export async function runOperation<N extends OperationName>(
  node: ServedNode,
  call: { name: N; params: ParamsOf<N> },
  context: OperationContext,
): Promise<ResultOf<N>> {
  return operations[call.name](node, call.params, context)
}

/** A call from the admin socket, where names and parameters are only claimed. */
export async function runNamed(
  node: ServedNode,
  name: string,
  params: unknown,
  context: OperationContext,
): Promise<unknown> {
  if (!isOperation(name)) {
    const known = /^[a-z.-]{1,40}$/.test(name) ? `the operation ${name}` : 'such an operation'
    throw new OperatingError(`The running node does not know ${known}: restart it after an update.`, {
      code: 'unknown-operation',
      retry: 'never',
    })
  }
  return runOperation(node, { name, params: checkedParams(name, params) }, context)
}

function isOperation(name: string): name is OperationName {
  return Object.hasOwn(operations, name)
}
