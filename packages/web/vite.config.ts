import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

/** The node that `npx vite` talks to; see CONTRIBUTING.md. */
const node = process.env['POSTHORN_WEB'] ?? 'http://127.0.0.1:8470'

export default defineConfig({
  plugins: [react()],
  resolve: { conditions: ['posthorn-source', 'module', 'browser', 'development|production'] },
  build: {
    outDir: 'dist/app',
    emptyOutDir: true,
    manifest: true,
    target: 'es2023',
    // Everything is a file of its own: the Content-Security-Policy allows no data: scripts or fonts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: {
    port: 8471,
    strictPort: true, // The node does nothing for pages of another origin: to it, this is one of its own.
    proxy: { '/api': { target: node, changeOrigin: true, headers: { origin: node }, ws: true } },
  },
})
