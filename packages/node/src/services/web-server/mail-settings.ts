/** What mail programs ask for by themselves, before anybody has signed in: they get the same whoever asks. */
import type { FastifyInstance, FastifyReply } from 'fastify'
import { refusal } from './errors.ts'
import { webLimits } from './limits.ts'
import { isLocal } from './request.ts'

export interface MailSettings {
  /**
   * Undefined: this node has no mail for such an address.
   * @param isLocal the program runs on this machine.
   */
  autoconfig(address: string | undefined, isLocal: boolean): Promise<string | undefined>
  /** @param body as Outlook posts it: hostile like everything. */
  autodiscover(body: string, isLocal: boolean): Promise<string | undefined>
}

const autoconfigPaths = ['/.well-known/autoconfig/mail/config-v1.1.xml', '/mail/config-v1.1.xml']
const autodiscoverPaths = ['/autodiscover/autodiscover.xml', '/Autodiscover/Autodiscover.xml']

export function mailSettingsRoutes(app: FastifyInstance, settings: MailSettings): void {
  for (const path of autoconfigPaths) {
    app.get<{ Querystring: { emailaddress?: unknown } }>(path, async (request, reply) => {
      const { emailaddress } = request.query
      const address = typeof emailaddress === 'string' ? emailaddress : undefined
      return sendXml(reply, await settings.autoconfig(address, isLocal(request.raw)))
    })
  }
  app.register(async scope => {
    const limits = { parseAs: 'string', bodyLimit: webLimits.autodiscoverBytesMax } as const
    scope.addContentTypeParser(['text/xml', 'application/xml'], limits, (_request, body, done) => done(null, body))
    for (const path of autodiscoverPaths) {
      scope.post(path, { config: { changesNothing: true } }, async (request, reply) => {
        const body = typeof request.body === 'string' ? request.body : ''
        return sendXml(reply, await settings.autodiscover(body, isLocal(request.raw)))
      })
    }
  })
}

function sendXml(reply: FastifyReply, text: string | undefined): FastifyReply {
  if (text === undefined) throw refusal('not-found', 'This node has no mail for such an address.')
  return reply.type('application/xml; charset=utf-8').send(text)
}
