/**
 * The node's TLS certificate: two PEM files in its home, made at the first start, used ever after.
 *
 * A person may put their own in their place. Files that do not fit together are an error, never replaced silently: a
 * phone that has been told to trust the old certificate would be locked out.
 */
import { createPrivateKey, generateKeyPairSync, type KeyObject, X509Certificate } from 'node:crypto'
import { open, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { OperatingError, systemCode } from '../../../base/errors.ts'
import { selfSigned } from './self-signed.ts'

export interface Certificate {
  /** PEM. A secret. */
  readonly key: string
  /** PEM; may be a chain, the node's own certificate first. */
  readonly cert: string
}

export interface CertificateOptions {
  /** Where `tls-key.pem` and `tls-cert.pem` lie; it exists. */
  readonly directory: string
  /** DNS names and IP addresses for a new certificate. */
  readonly names: readonly string[]
  readonly now: number
  readonly random: (length: number) => Uint8Array
}

/**
 * Durable when it resolves. A key without a certificate (the first start was cut short) gets one.
 *
 * @throws OperatingError `bad-certificate`, retry `never`, when the files are not a certificate with its key.
 */
export async function loadOrMakeCertificate(options: CertificateOptions): Promise<Certificate> {
  const keyPath = join(options.directory, 'tls-key.pem')
  const certPath = certificatePath(options.directory)
  const [oldKey, oldCert] = await Promise.all([readIfThere(keyPath), readIfThere(certPath)])
  if (oldCert !== undefined) {
    if (oldKey === undefined) throw bad(`${certPath} is there, but its key ${keyPath} is not`)
    checkPair(oldKey, oldCert, { keyPath, certPath })
    return { key: oldKey, cert: oldCert }
  }
  const key = oldKey ?? newKey()
  const privateKey = readKey(key, keyPath)
  if (privateKey.asymmetricKeyDetails?.namedCurve !== 'prime256v1') {
    throw bad(`${keyPath} is there without ${certPath}, and a certificate can only be made here for a P-256 key`)
  }
  const cert = selfSigned({ ...options, privateKey })
  if (oldKey === undefined) await writeDurably(options.directory, keyPath, key, 0o600)
  await writeDurably(options.directory, certPath, cert, 0o644)
  return { key, cert }
}

/** Where the certificate lies, for all to read. */
export function certificatePath(directory: string): string {
  return join(directory, 'tls-cert.pem')
}

function newKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}

function checkPair(key: string, cert: string, paths: { keyPath: string; certPath: string }): void {
  const privateKey = readKey(key, paths.keyPath)
  let certificate: X509Certificate
  try {
    certificate = new X509Certificate(cert)
  } catch (error) {
    throw bad(`${paths.certPath} is not a certificate in PEM`, error)
  }
  if (!certificate.checkPrivateKey(privateKey)) throw bad(`${paths.keyPath} is not the key of ${paths.certPath}`)
}

function readKey(key: string, keyPath: string): KeyObject {
  try {
    return createPrivateKey(key)
  } catch (error) {
    throw bad(`${keyPath} is not a private key in PEM without a passphrase`, error)
  }
}

function bad(reason: string, cause?: unknown): OperatingError {
  return new OperatingError(
    `The TLS certificate cannot be used: ${reason}. Put both files right, or remove both for new ones.`,
    {
      code: 'bad-certificate',
      retry: 'never',
      cause,
    },
  )
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw error
  }
}

async function writeDurably(directory: string, path: string, text: string, mode: number): Promise<void> {
  const temporary = `${path}.tmp`
  await rm(temporary, { force: true })
  const file = await open(temporary, 'wx', mode)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(temporary, path)
  const folder = await open(directory, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
