import type { FlowView, MoveView } from '@posthorn/api'
import { ArrowDownLeft, ArrowUpRight } from 'lucide-react'
import { fileSize } from '../i18n/index.ts'
import { Progress } from '../ui/index.ts'
import css from './network.module.css'
import { useNetwork } from './network-store.ts'
import { say } from './words.ts'

/** What moves now, each direction of each road with how far it is and how fast. */
export function MovingNow() {
  const moves = useNetwork(state => state.moves)
  const shown = moves.filter(({ active }) => active).flatMap(flowsOf)
  if (shown.length === 0) return null
  return (
    <section className={css['moves']} aria-label={say('movesNow')}>
      <h2>{say('movesNow')}</h2>
      {shown.map(flow => (
        <Flow key={flow.id} {...flow} />
      ))}
    </section>
  )
}

interface ShownFlow {
  readonly id: string
  readonly label: string
  readonly out: boolean
  readonly flow: FlowView
}

function flowsOf({ neighbour, road, sending, receiving }: MoveView): ShownFlow[] {
  const name = neighbour ?? road ?? say('somebody')
  const [to, from] = road === null ? (['to', 'from'] as const) : (['onto', 'offRoad'] as const)
  const both = [
    { id: `${name} out`, label: say(to, { name }), out: true, flow: sending },
    { id: `${name} in`, label: say(from, { name }), out: false, flow: receiving },
  ]
  return both.filter(({ flow }) => flow.bytes > 0)
}

function Flow({ label, out, flow }: ShownFlow) {
  const total = flow.left === null ? null : flow.bytes + flow.left.bytes
  const Icon = out ? ArrowUpRight : ArrowDownLeft
  const done = fileSize(flow.bytes)
  return (
    <div className={css['flow']}>
      <span className={css['flowHead']}>
        <Icon aria-hidden size={16} />
        <span className={css['flowName']}>{label}</span>
        <span className={css['soft']}>
          {total === null || total <= flow.bytes ? done : say('ofTotal', { done, total: fileSize(total) })}
          {flow.bytesPerSecond > 0 ? ` · ${say('perSecond', { size: fileSize(flow.bytesPerSecond) })}` : ''}
        </span>
      </span>
      <Progress label={label} done={flow.bytes} total={total} />
    </div>
  )
}
