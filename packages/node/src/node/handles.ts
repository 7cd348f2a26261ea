/** The programs of posthorn.toml, as the post office wants them. */
import type { ConfiguredHandle, PostOfficeOptions } from '../services/postoffice/index.ts'
import type { Config } from './config/config.ts'
import type { Home } from './home.ts'

export function programsOf(home: Home, config: Config): Pick<PostOfficeOptions, 'handles' | 'programDirectory'> {
  return { handles: configuredHandles(config), programDirectory: home.programs }
}

function configuredHandles(config: Config): ConfiguredHandle[] {
  return Object.entries(config.exec).map(([name, handle]) => ({
    name,
    command: handle.command,
    from: handle.from,
    timeoutMs: handle.timeout_seconds * 1000,
    inputBytesMax: handle.input_bytes_max,
    outputBytesMax: handle.output_bytes_max,
    triesMax: handle.tries,
    atOnceMax: handle.at_once,
    resultFrom: handle.mail_result_from ?? null,
    resultTo: handle.mail_result_to,
  }))
}
