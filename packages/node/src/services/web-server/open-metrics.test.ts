import { expect, test } from 'vitest'
import { openMetrics } from './open-metrics.ts'

test('metrics are written as OpenMetrics has them, with what strangers chose escaped', () => {
  const text = openMetrics([
    { name: 'a_bytes', type: 'gauge', unit: 'bytes', help: 'Size.', samples: [{ value: 1.5 }] },
    { name: 'b', type: 'counter', help: 'Number.', samples: [{ labels: { who: 'x"\n\\y', how: 'z' }, value: 2 }] },
    { name: 'c', type: 'gauge', help: 'None.', samples: [] },
  ])
  expect(text).toBe(
    [
      ...['# TYPE a_bytes gauge', '# UNIT a_bytes bytes', '# HELP a_bytes Size.', 'a_bytes 1.5'],
      ...['# TYPE b counter', '# HELP b Number.', 'b_total{who="x\\"\\n\\\\y",how="z"} 2'],
      ...['# TYPE c gauge', '# HELP c None.', '# EOF', ''],
    ].join('\n'),
  )
})
