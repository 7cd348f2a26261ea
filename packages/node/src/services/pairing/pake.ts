/**
 * The password-authenticated key exchange: OPAQUE (RFC 9807) as `@serenity-kit/opaque` has it, behind an interface of
 * ours.
 *
 * Two sides that know the same words get the same key. Whoever does not know them learns, from one run, whether one
 * guess was right, and nothing that could be tried out later; whoever stands in between learns nothing.
 */
import { XdrReader, XdrWriter } from '@posthorn/nncp'

export interface Pake {
  /** What the inviting side keeps: it proves the words, and does not hold them. */
  verifierOf(invite: string, words: string): Uint8Array
  /** The joining side begins. */
  begin(words: string): { readonly state: string; readonly request: string }
  /** The inviting side answers; undefined when the request is none. */
  answer(
    invite: string,
    verifier: Uint8Array,
    request: string,
  ): { readonly state: string; readonly response: string } | undefined
  /** The joining side ends; undefined when the words are not the same. */
  finish(begun: {
    readonly words: string
    readonly state: string
    readonly response: string
  }): { readonly finish: string; readonly key: Uint8Array } | undefined
  /** The inviting side ends; undefined when the other did not know the words. */
  accept(state: string, finish: string): Uint8Array | undefined
}

/** Most of one text of the library; the longest it makes has 427 characters. */
export const pakeTextBytesMax = 1024

/**
 * Argon2id, 16 MiB, one pass: some 20 ms. The words are random and short-lived, so that it need not be more; it is
 * there for those who get hold of a home and would like to know what was said on the telephone.
 */
const keyStretching = { 'argon2id-custom': { iterations: 1, memory: 16_384, parallelism: 1 } }

/** Loaded when somebody pairs: half a megabyte that a node mostly does without. */
export async function loadPake(): Promise<Pake> {
  const { client, server, ready } = await import('@serenity-kit/opaque')
  await ready
  return {
    verifierOf(invite, password) {
      const serverSetup = server.createSetup()
      const { clientRegistrationState, registrationRequest } = client.startRegistration({ password })
      const about = { serverSetup, userIdentifier: invite, registrationRequest }
      const { registrationResponse } = server.createRegistrationResponse(about)
      const given = { password, clientRegistrationState, registrationResponse, keyStretching }
      const { registrationRecord } = client.finishRegistration(given)
      return new XdrWriter().string(serverSetup).string(registrationRecord).bytes()
    },

    begin(password) {
      const { clientLoginState: state, startLoginRequest: request } = client.startLogin({ password })
      return { state, request }
    },

    answer(userIdentifier, verifier, startLoginRequest) {
      const reader = new XdrReader(verifier)
      const serverSetup = reader.string(pakeTextBytesMax)
      const registrationRecord = reader.string(pakeTextBytesMax)
      return orUndefined(() => {
        const given = { serverSetup, registrationRecord, userIdentifier, startLoginRequest }
        const { serverLoginState: state, loginResponse: response } = server.startLogin(given)
        return { state, response }
      })
    },

    finish({ words: password, state: clientLoginState, response: loginResponse }) {
      const done = orUndefined(() => client.finishLogin({ password, clientLoginState, loginResponse, keyStretching }))
      return done && { finish: done.finishLoginRequest, key: Buffer.from(done.sessionKey, 'base64url') }
    },

    accept(serverLoginState, finishLoginRequest) {
      const done = orUndefined(() => server.finishLogin({ serverLoginState, finishLoginRequest }))
      return done && Buffer.from(done.sessionKey, 'base64url')
    },
  }
}

/** The library throws at what it cannot read and at what does not fit: both are no proof. */
function orUndefined<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch {
    return undefined
  }
}
