import { createHash } from 'node:crypto'
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'

/** The node that `npx vite` talks to; see CONTRIBUTING.md. */
const node = process.env['POSTHORN_WEB'] ?? 'http://127.0.0.1:8470'
const worker = 'service-worker'
/** Files of public/ that the app needs without the node. */
const publicFiles = ['/manifest.webmanifest', '/icons/posthorn.svg', '/icons/posthorn-unread.svg']

/** Tells the service worker what was built. */
const shellList: Plugin = {
  name: 'shell-list',
  enforce: 'post',
  apply: 'build',
  generateBundle(_, bundle) {
    const built = Object.keys(bundle).filter(name => /^assets\/.*\.(js|css)$/.test(name))
    const page = bundle['index.html']
    const files = ['/', ...publicFiles, ...built.map(name => `/${name}`).sort()]
    const hash = createHash('sha256').update(JSON.stringify(files))
    if (page?.type === 'asset') hash.update(page.source)
    const chunk = bundle[`${worker}.js`]
    if (chunk?.type !== 'chunk' || !chunk.code.includes('SHELL_FILES')) throw new Error('no service worker was built')
    const version = JSON.stringify(hash.digest('hex').slice(0, 16))
    chunk.code = `const SHELL_FILES=${JSON.stringify(files)},SHELL_VERSION=${version};${chunk.code}`
  },
}

export default defineConfig({
  plugins: [react(), shellList],
  resolve: { conditions: ['posthorn-source', 'module', 'browser', 'development|production'] },
  build: {
    outDir: 'dist/app',
    emptyOutDir: true,
    manifest: true,
    target: 'es2023',
    // Everything is a file of its own: the Content-Security-Policy allows no data: scripts or fonts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // In one file they are a third smaller than in twenty, and nothing waits for its look.
    cssCodeSplit: false,
    reportCompressedSize: false,
    rollupOptions: {
      input: { index: 'index.html', [worker]: 'src/service-worker/worker.ts' },
      output: {
        entryFileNames: chunk => (chunk.name === worker ? '[name].js' : 'assets/[name]-[hash].js'),
        codeSplitting: {
          groups: [
            // Few files at first; libraries change less often than we do.
            { name: 'libraries', tags: ['$initial'], test: /node_modules/, priority: 3 },
            { name: 'app', tags: ['$initial'], test: /packages\/(api|web)\/src\/(?!service-worker|main)/, priority: 2 },
            // Chunks that are loaded later stay small.
            { name: 'links', test: /node_modules\/(linkify-it|uc\.micro)/, priority: 1 },
          ],
        },
      },
    },
  },
  server: {
    port: 8471,
    strictPort: true, // The node does nothing for pages of another origin: to it, this is one of its own.
    proxy: { '/api': { target: node, changeOrigin: true, headers: { origin: node }, ws: true } },
  },
})
