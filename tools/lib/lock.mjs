/**
 * One setup at a time: two nodes started in two terminals on a fresh clone must not install into each other's feet.
 * The lock is a file with the holder's process id; that of a process which is gone is taken over.
 */
import { mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { at, codeOf, readIfThere } from './repository.mjs'

// In a folder that git ignores and `npm ci` leaves alone.
const usualPath = at('packages', 'node', 'dist', '.setup-lock')
const pollMs = 300
// Longer than any setup takes: by then the process id belongs to somebody else.
const ageMsMax = 30 * 60_000

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return codeOf(error) === 'EPERM'
  }
}

/** @param {string} lockPath */
function take(lockPath) {
  mkdirSync(dirname(lockPath), { recursive: true })
  try {
    writeFileSync(lockPath, String(process.pid), { flag: 'wx' })
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  }
}

/** @param {string} lockPath */
function isStale(lockPath) {
  const holder = readIfThere(lockPath)
  // An empty file is one that is being written: look again.
  if (holder === null || holder === '') return false
  if (!isAlive(Number(holder)) || Number(holder) === process.pid) return true
  const changedAt = statSync(lockPath, { throwIfNoEntry: false })?.mtimeMs
  return changedAt !== undefined && Date.now() - changedAt > ageMsMax
}

/** @template T @param {() => Promise<T>} work @param {string} [lockPath] @returns {Promise<T>} */
export async function withSetupLock(work, lockPath = usualPath) {
  let told = false
  while (!take(lockPath)) {
    if (isStale(lockPath)) {
      rmSync(lockPath, { force: true })
      continue
    }
    if (!told) process.stderr.write('Waiting for another command that is setting up this folder…\n')
    told = true
    await sleep(pollMs)
  }
  try {
    return await work()
  } finally {
    rmSync(lockPath, { force: true })
  }
}
