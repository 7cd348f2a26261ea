#!/usr/bin/env node
try {
  await import('../dist/posthorn.js')
} catch (error) {
  if (error?.code !== 'ERR_MODULE_NOT_FOUND' || !String(error.message).includes('dist/posthorn.js')) throw error
  process.stderr.write('posthorn is not built yet. Run `npm run build` (or `npm start`) in its folder first.\n')
  process.exitCode = 1
}
