/**
 * `npm run fuzz [-- TIMES]`: what the tests try on the parsers of mail protocols, TIMES (50) as often and with other
 * random choices each time. A failure shows the seed and path to write into the test that found it.
 */
import { runTool } from './lib/run.mjs'

const files = ['packages/imap/src/fuzz', 'packages/imap/src/pop3/attacks', 'mail-server/smtp/smtp', 'mail-server/lmtp']
const times = process.argv[2] ?? '50'
process.env['FUZZ_TIMES'] = times
const limits = ['--testTimeout', String(60 * 60_000), '-t', 'whatever|mutated|random|letters cannot end']
process.exitCode = await runTool('vitest', 'vitest', ['run', '--project', 'unit', ...limits, ...files])
