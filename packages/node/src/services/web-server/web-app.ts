/** The files of the web app, and its page for every path of its own. */

import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { fastifyStatic } from '@fastify/static'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { refusal } from './errors.ts'

/** Names with a hash of their content: what is under one never changes. */
const hashed = /[/\\]assets[/\\][^/\\]*-[A-Za-z0-9_-]{8,}\.[a-z0-9.]+$/

const notBuilt = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Posthorn</title>
<h1>The web chat was not built</h1>
<p>The node is running, but the files of its web chat are not there. In a checkout <code>npm run build</code> makes
them; then start the node again. Mail apps and Delta Chat work without.</p>
</html>
`

/** @param root folder with the built app; what is not there is said so. */
export async function webAppRoutes(app: FastifyInstance, root: string): Promise<void> {
  const isBuilt = await access(join(root, 'index.html')).then(
    () => true,
    () => false,
  )
  if (isBuilt) {
    await app.register(fastifyStatic, {
      root,
      preCompressed: true,
      cacheControl: false,
      setHeaders: (reply, path) => {
        const age = hashed.test(path.replace(/\.(?:br|gz)$/, '')) ? 'public, max-age=31536000, immutable' : 'no-cache'
        reply.header('cache-control', age)
      },
    })
  }
  app.setNotFoundHandler((request, reply) => {
    if (!isPage(request)) throw refusal('not-found', 'There is nothing here.')
    return isBuilt ? sendPage(reply) : reply.code(503).type('text/html; charset=utf-8').send(notBuilt)
  })
}

function sendPage(reply: FastifyReply): FastifyReply {
  return reply.sendFile('index.html')
}

/** What people type or keep as a bookmark: the app itself knows which of them there are. */
function isPage({ method, url }: FastifyRequest): boolean {
  const [path = ''] = url.split('?')
  const last = path.slice(path.lastIndexOf('/') + 1)
  return (method === 'GET' || method === 'HEAD') && !path.startsWith('/api/') && !last.includes('.')
}
