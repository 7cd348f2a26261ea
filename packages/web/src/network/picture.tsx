import type { MoveView, NetworkView } from '@posthorn/api'
import { House } from 'lucide-react'
import { type RefObject, useEffect, useId, useRef, useState } from 'react'
import { useLocation } from 'wouter'
import { CountBadge, classes } from '../ui/index.ts'
import { type Layout, layoutOf, type Placed, type Point } from './layout.ts'
import { useNetwork } from './network-store.ts'
import css from './picture.module.css'
import { placeOf } from './places.ts'
import { folderIcon, folderState, stateIcons, waitingWords } from './states.ts'
import { say } from './words.ts'

/**
 * This node in the middle, the others around it. Its buttons say what the list says. Nothing in it is mirrored where
 * one writes from right to left: its coordinates are not either.
 */
export function Picture({ view, chosen }: { readonly view: NetworkView; readonly chosen: string | undefined }) {
  const frame = useRef<HTMLElement>(null)
  const width = useWidth(frame)
  const moves = useNetwork(state => state.moves)
  const layout = layoutOf(width, view)
  return (
    <section
      ref={frame}
      className={css['frame']}
      style={{ blockSize: layout.height }}
      aria-label={say('picture')}
      dir="ltr"
    >
      <svg className={css['lines']} width={layout.width} height={layout.height} aria-hidden>
        <Lines layout={layout} moves={moves} />
      </svg>
      <span className={classes(css['glyph'], css['home'])} style={at(layout.centre, 4)}>
        <span className={css['disc']}>
          <House aria-hidden size={26} />
        </span>
        <span className={css['name']} dir="auto">
          {view.node.name}
        </span>
        <span className={css['state']} dir="auto">
          {say('thisNode')}
        </span>
      </span>
      {layout.placed.map(placed => (
        <Glyph key={placed.id} placed={placed} isChosen={placed.id === chosen} />
      ))}
    </section>
  )
}

function Glyph({ placed, isChosen }: { readonly placed: Placed; readonly isChosen: boolean }) {
  const [, go] = useLocation()
  const waitingId = useId()
  const { neighbour, folder } = placed
  const state = neighbour?.state ?? (folder === undefined ? 'stickAway' : folderState(folder))
  const Icon = neighbour === undefined ? folderIcon : stateIcons[neighbour.state]
  const name = neighbour?.name ?? folder?.name ?? ''
  const waiting = neighbour === undefined ? '' : waitingWords(neighbour)
  return (
    <button
      type="button"
      className={classes(css['glyph'], folder !== undefined && css['stick'])}
      style={at(placed, folder === undefined ? 3.25 : 2.75)}
      data-state={state}
      aria-pressed={isChosen}
      aria-describedby={waitingId}
      onClick={() => go(placeOf(placed.id))}
    >
      <span className={css['disc']} aria-hidden>
        <Icon size={folder === undefined ? 24 : 20} />
        {neighbour === undefined ? null : (
          <span className={css['badge']}>
            <CountBadge count={neighbour.queued.packets} muted={state !== 'connected'} />
          </span>
        )}
      </span>
      <span className={css['name']} dir="auto">
        {name}
      </span>{' '}
      <span className={css['state']} dir="auto">
        {say(state)}
      </span>
      <span id={waitingId} hidden>
        {waiting}
      </span>
    </button>
  )
}

function Lines({ layout, moves }: { readonly layout: Layout; readonly moves: readonly MoveView[] }) {
  const { centre, placed } = layout
  const byName = new Map(placed.flatMap(one => (one.neighbour === undefined ? [] : [[one.neighbour.name, one]])))
  return (
    <>
      {placed.flatMap(one =>
        leadsTo(one, placed).map(other => <Line key={`${one.id} ${other.id}`} from={one} to={other} state="road" />),
      )}
      {placed.map(one => {
        const [relay = ''] = one.neighbour?.via ?? []
        const from = byName.get(relay) ?? centre
        const state = one.neighbour?.state ?? (one.folder === undefined ? 'stickAway' : folderState(one.folder))
        return <Line key={one.id} from={from} to={one} state={state} />
      })}
      {placed.map(one => {
        const move = moves.find(
          ({ active, neighbour, road }) =>
            active && (one.neighbour === undefined ? road === one.folder?.name : neighbour === one.neighbour.name),
        )
        return move === undefined ? null : <Moving key={one.id} from={centre} to={one} move={move} />
      })}
    </>
  )
}

/** A stick leads to those of whom packets came by it. */
function leadsTo({ folder }: Placed, placed: readonly Placed[]): Placed[] {
  if (folder === undefined) return []
  return placed.filter(({ neighbour }) => neighbour?.folders.includes(folder.name) === true)
}

function Line({ from, to, state }: { readonly from: Point; readonly to: Point; readonly state: string }) {
  return <line className={css['line']} data-state={state} x1={from.x} y1={from.y} x2={to.x} y2={to.y} />
}

/** Small dots that travel the way the packets do, the faster the more flows. */
function Moving({ from, to, move }: { readonly from: Point; readonly to: Point; readonly move: MoveView }) {
  const there = `M${from.x} ${from.y}L${to.x} ${to.y}`
  const back = `M${to.x} ${to.y}L${from.x} ${from.y}`
  return (
    <>
      {move.sending.bytesPerSecond > 0 ? <Dots path={there} rate={move.sending.bytesPerSecond} /> : null}
      {move.receiving.bytesPerSecond > 0 ? <Dots path={back} rate={move.receiving.bytesPerSecond} /> : null}
    </>
  )
}

const dots = [0, 1, 2]

function Dots({ path, rate }: { readonly path: string; readonly rate: number }) {
  const seconds = Math.min(4, Math.max(0.8, 6 - Math.log10(Math.max(10, rate))))
  return dots.map(dot => (
    <circle key={dot} className={css['dot']} r={4}>
      <animateMotion
        dur={`${seconds}s`}
        begin={`${(-dot * seconds) / dots.length}s`}
        repeatCount="indefinite"
        path={path}
      />
    </circle>
  ))
}

/** The middle of its disc, wherever its words end. */
function at({ x, y }: Point, discRem: number) {
  return { transform: `translate(calc(${x}px - 50%), calc(${y}px - ${discRem / 2 + 0.25}rem))` }
}

function useWidth(frame: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(600)
  useEffect(() => {
    const element = frame.current
    if (element === null || typeof ResizeObserver === 'undefined') return
    const observer = new ResizeObserver(([entry]) => {
      if (entry !== undefined) setWidth(Math.round(entry.contentRect.width))
    })
    observer.observe(element)
    return () => observer.disconnect()
  }, [frame])
  return width
}
