import type { PacketView, SpoolView } from '@posthorn/api'
import { ArrowUpDown } from 'lucide-react'
import { useCallback, useState } from 'react'
import { api } from '../api/index.ts'
import { fileSize } from '../i18n/index.ts'
import { Button, IconButton, Menu, Progress, Row, toast } from '../ui/index.ts'
import css from './network.module.css'
import { ago, amountOf } from './states.ts'
import { useAsked, useDoing } from './use-asked.ts'
import { say } from './words.ts'

/** NNCP's levels (manual, "Niceness"). */
const levels = [
  { most: 95, words: 'flash' },
  { most: 159, words: 'mail' },
  { most: 223, words: 'normal' },
  { most: 255, words: 'bulk' },
] as const
const [firstOfAll, lastOfAll] = [1, 255]

type Waiting = SpoolView['neighbours'][number]['out'][number]

const askStat = () => api.call('spool.stat', {})

interface QueueProps {
  readonly neighbour: string
  /** When it changes it is asked for again. */
  readonly packets: number
  readonly now: number
}

/** What waits for one neighbour, by how urgent it is, with its age; and each packet where somebody wants to see it. */
export function Queue({ neighbour, packets, now }: QueueProps) {
  const { answer } = useAsked(askStat, packets)
  const [open, setOpen] = useState(false)
  const out = answer?.neighbours.find(({ name }) => name === neighbour)?.out ?? []
  if (out.length === 0) return null
  return (
    <section className={css['part']}>
      <h3>{say('queue')}</h3>
      <ul className={css['levels']}>
        {levels.map(({ most, words }, index) => {
          const least = (levels[index - 1]?.most ?? 0) + 1
          const those = out.filter(({ niceness }) => niceness >= least && niceness <= most)
          return those.length === 0 ? null : (
            <Level key={words} label={say(words)} waiting={those} all={out} now={now} />
          )
        })}
      </ul>
      {open ? (
        <Packets neighbour={neighbour} packets={packets} now={now} />
      ) : (
        <Button onClick={() => setOpen(true)}>{say('showPackets')}</Button>
      )}
    </section>
  )
}

function Level(props: {
  readonly label: string
  readonly waiting: readonly Waiting[]
  readonly all: readonly Waiting[]
  readonly now: number
}) {
  const { label, waiting, all, now } = props
  const sum = (of: readonly Waiting[], what: 'packets' | 'bytes') => of.reduce((total, one) => total + one[what], 0)
  const oldest = waiting.map(one => one.oldest).sort()[0] ?? null
  const amount = amountOf({ packets: sum(waiting, 'packets'), bytes: sum(waiting, 'bytes') })
  return (
    <li className={css['level']}>
      <span className={css['levelHead']}>
        <span>{label}</span>
        <span className={css['soft']}>{`${amount} · ${say('oldest', { when: ago(oldest, now) })}`}</span>
      </span>
      <Progress label={label} done={sum(waiting, 'bytes')} total={Math.max(1, sum(all, 'bytes'))} />
    </li>
  )
}

function Packets({ neighbour, packets, now }: QueueProps) {
  const ask = useCallback(() => api.call('spool.packets', { neighbour }), [neighbour])
  const { answer, fault, again } = useAsked(ask, packets)
  const { run } = useDoing()
  const move = (packet: PacketView, niceness: number) =>
    run(packet.id, async () => {
      await api.call('spool.raise', { packet: packet.id, niceness })
      toast({ text: say('moved') })
      again()
    })
  if (fault !== undefined) return <p role="alert">{fault}</p>
  return (
    <>
      <ul className={css['packets']}>
        {answer?.packets.map(packet => (
          <li key={packet.id}>
            <Row
              title={say('packetOf', { kind: kindOf(packet), size: fileSize(packet.sizeBytes) })}
              text={aboutOf(packet, now)}
              end={
                <Menu
                  items={[
                    [
                      { id: 'first', label: say('first'), run: () => move(packet, firstOfAll) },
                      { id: 'last', label: say('last'), run: () => move(packet, lastOfAll) },
                    ],
                  ]}
                >
                  <IconButton small icon={ArrowUpDown} label={say('movePacket')} />
                </Menu>
              }
            />
          </li>
        ))}
      </ul>
      {answer?.more === true ? <p className={css['soft']}>{say('morePackets')}</p> : null}
    </>
  )
}

function kindOf({ kind }: PacketView): string {
  if (kind === 'letter') return say('letter')
  return say(kind === 'ack' || kind === 'relayed-ack' ? 'ack' : 'relayed')
}

function aboutOf({ since, destination }: PacketView, now: number): string {
  const age = say('since', { when: ago(since, now) })
  return destination === null ? age : `${say('forNode', { name: destination })} · ${age}`
}
