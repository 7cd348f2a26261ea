import { readFileSync } from 'node:fs'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** `.sql` files are imported as text, as the bundler does. */
const sqlAsText = {
  name: 'sql-as-text',
  enforce: 'pre' as const,
  load(id: string) {
    if (!id.endsWith('.sql')) return null
    return `export default ${JSON.stringify(readFileSync(id, 'utf8'))}`
  },
}

/** Lanes that end at about the same time: files of one folder take about as long, so each lane gets every nth. */
class EvenShards extends BaseSequencer {
  override async shard(files: TestSpecification[]): Promise<TestSpecification[]> {
    const { index, count } = this.ctx.config.shard ?? { index: 1, count: 1 }
    const placeOf = ({ project, moduleId }: TestSpecification) => `${project.name} ${moduleId}`
    const sorted = files.toSorted((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1))
    return sorted.filter((_, place) => place % count === index - 1)
  }
}

const shared = {
  plugins: [sqlAsText],
  resolve: { conditions: ['posthorn-source'] },
  ssr: { resolve: { conditions: ['posthorn-source'] } },
}

export default defineConfig({
  test: {
    sequence: { sequencer: EvenShards },
    projects: [
      {
        ...shared,
        test: {
          name: 'unit',
          include: ['packages/*/src/**/*.test.{ts,tsx}', 'tools/**/*.test.ts'],
          testTimeout: 30_000,
          expect: { poll: { timeout: 25_000 } },
        },
      },
      {
        ...shared,
        test: {
          name: 'whole',
          include: ['tests/**/*.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          fileParallelism: false,
          expect: { poll: { timeout: 60_000 } },
        },
      },
    ],
  },
})
