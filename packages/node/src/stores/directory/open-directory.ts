import type { RandomSource } from '@posthorn/nncp'
import type { Database } from '../database/database.ts'
import { sqlAliases } from './aliases.ts'
import { sqlApiTokens } from './api-tokens.ts'
import { sqlAppPasswords } from './app-passwords.ts'
import { sqlAreas } from './areas.ts'
import { sqlCalling } from './calling.ts'
import type { Directory } from './directory.ts'
import { sqlFileRules } from './file-rules.ts'
import { sqlFolders } from './folders.ts'
import { sqlHandles } from './handles.ts'
import { sqlInvites } from './invites.ts'
import { sqlJoinInvites } from './joining.ts'
import { directoryLimits } from './limits.ts'
import { sqlNeighbours } from './neighbours.ts'
import { sqlNodeSettings } from './node-settings.ts'
import { passwordHasher } from './password.ts'
import { sqlUsers } from './users.ts'
import { sqlWebSessions } from './web-sessions.ts'

export interface DirectoryOptions {
  readonly database: Database
  readonly random: RandomSource
  /** Binary logarithm of scrypt's cost for new passwords; smaller in tests. */
  readonly scryptLogCost?: number
}

/** The directory on SQLite. */
export async function openDirectory(options: DirectoryOptions): Promise<Directory> {
  const { database, random } = options
  const hasher = passwordHasher(random, options.scryptLogCost ?? directoryLimits.scryptLogCost)
  return {
    users: sqlUsers(database, random, hasher),
    appPasswords: sqlAppPasswords(database, random),
    webSessions: sqlWebSessions(database, random),
    apiTokens: sqlApiTokens(database, random),
    aliases: sqlAliases(database),
    joinInvites: sqlJoinInvites(database, random, hasher),
    nodeSettings: sqlNodeSettings(database),
    neighbours: sqlNeighbours(database),
    calling: sqlCalling(database),
    files: sqlFileRules(database),
    areas: sqlAreas(database),
    handles: sqlHandles(database),
    folders: sqlFolders(database),
    invites: sqlInvites(database),
  }
}
