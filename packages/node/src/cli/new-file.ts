import { open, rm } from 'node:fs/promises'
import { OperatingError, systemCode } from '../base/errors.ts'

/**
 * Writes a file that was not there, for its owner only. Durable when it resolves; there is none when it fails.
 * @param text asked for when it is certain that there is a place for it.
 * @throws OperatingError `file-exists`, and what `text` throws.
 */
export async function writeNewFile(path: string, text: () => Promise<string>): Promise<void> {
  const file = await open(path, 'wx', 0o600).catch((error: unknown) => {
    if (systemCode(error) !== 'EEXIST') throw error
    throw new OperatingError(`${path} is there already. Take another name, or remove it.`, {
      code: 'file-exists',
      retry: 'never',
    })
  })
  try {
    await file.writeFile(await text())
    await file.sync()
  } catch (error) {
    await rm(path, { force: true })
    throw error
  } finally {
    await file.close()
  }
}
