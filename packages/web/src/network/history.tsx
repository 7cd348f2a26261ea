/** Plots of what passed: loaded only when somebody wants to see it. */
import type { DayView } from '@posthorn/api'
import { useCallback, useEffect, useRef } from 'react'
import uPlot from 'uplot'
import { api } from '../api/index.ts'
import { fileSize, lasting, numberIn } from '../i18n/index.ts'
import css from './network.module.css'
import { useAsked } from './use-asked.ts'
import { say } from './words.ts'

const daySeconds = 86_400
const shownDays = 90

export function History({ neighbour }: { readonly neighbour: string }) {
  const ask = useCallback(() => api.call('history.show', { neighbour, days: shownDays }), [neighbour])
  const { answer, fault } = useAsked(ask)
  if (fault !== undefined) return <p role="alert">{fault}</p>
  if (answer === undefined) return null
  const { days } = answer
  if (days.length === 0) return <p>{say('noHistory')}</p>
  const sum = (of: (day: DayView) => number) => days.reduce((total, day) => total + of(day), 0)
  const [sent, received] = [sum(day => day.sent.bytes), sum(day => day.received.bytes)].map(fileSize) as [
    string,
    string,
  ]
  return (
    <>
      <p>{say('historyText', { count: days.length, sent, received })}</p>
      {plots.map(plot => (plot.hasAny(days) ? <Plot key={plot.title} plot={plot} days={days} /> : null))}
    </>
  )
}

interface Series {
  readonly label: 'sent' | 'received' | 'contacts' | 'mean' | 'longest'
  /** A token. */
  readonly color: string
  readonly value: (day: DayView) => number | null
}

interface PlotKind {
  readonly title: 'volume' | 'contacts' | 'delay'
  readonly series: readonly Series[]
  readonly format: (value: number) => string
  readonly hasAny: (days: readonly DayView[]) => boolean
}

const plots: readonly PlotKind[] = [
  {
    title: 'volume',
    series: [
      { label: 'sent', color: '--accent', value: day => day.sent.bytes },
      { label: 'received', color: '--information', value: day => day.received.bytes },
    ],
    format: fileSize,
    hasAny: () => true,
  },
  {
    title: 'contacts',
    series: [{ label: 'contacts', color: '--good', value: day => day.contacts }],
    format: value => (Number.isInteger(value) ? numberIn(value) : ''),
    hasAny: () => true,
  },
  {
    title: 'delay',
    series: [
      { label: 'mean', color: '--accent', value: day => day.letters?.meanMs ?? null },
      { label: 'longest', color: '--danger', value: day => day.letters?.longestMs ?? null },
    ],
    format: lasting,
    hasAny: days => days.some(({ letters }) => letters !== null),
  },
]

/** Bars by day. What it shows is said in words above it: the drawing itself is not read aloud. */
function Plot({ plot: kind, days }: { readonly plot: PlotKind; readonly days: readonly DayView[] }) {
  const frame = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const element = frame.current
    if (element === null) return
    const plot = new uPlot(optionsOf(element, kind), dataOf(days, kind.series), element)
    const observer = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: plotHeight }))
    observer.observe(element)
    return () => {
      observer.disconnect()
      plot.destroy()
    }
  }, [days, kind])
  return (
    <figure className={css['plot']}>
      <figcaption>
        {say(kind.title)}
        <span className={css['legend']}>
          {kind.series.map(({ label, color }) => (
            <span key={label} className={css['key']}>
              <span className={css['swatch']} style={{ background: `var(${color})` }} />
              {say(label)}
            </span>
          ))}
        </span>
      </figcaption>
      <div ref={frame} aria-hidden className={css['drawing']} dir="ltr" />
    </figure>
  )
}

const plotHeight = 150

function optionsOf(element: HTMLElement, { series, format }: PlotKind): uPlot.Options {
  const styles = getComputedStyle(element)
  const soft = resolved(element, '--text-soft')
  const grid = { stroke: resolved(element, '--line'), width: 1 }
  const font = `11px ${styles.fontFamily}`
  const bars = (index: number) => {
    const draw = uPlot.paths.bars?.({ size: [0.7 / series.length, 24], align: alignments[series.length]?.[index] ?? 0 })
    return draw === undefined ? {} : { paths: draw }
  }
  return {
    width: element.clientWidth,
    height: plotHeight,
    legend: { show: false },
    cursor: { show: false },
    scales: { x: { time: true }, y: { range: (_plot, _least, most) => [0, Math.max(1, (most ?? 1) * 1.1)] } },
    axes: [
      { stroke: soft, font, grid: { show: false }, ticks: grid },
      { stroke: soft, font, grid, ticks: { show: false }, size: 64, values: (_plot, values) => values.map(format) },
    ],
    series: [
      {},
      ...series.map(({ color }, index) => {
        const drawn = resolved(element, color)
        return { stroke: drawn, fill: drawn, width: 0, points: { show: false }, ...bars(index) }
      }),
    ],
  }
}

/** Of two bars one stands left and one right of its day. */
const alignments: Readonly<Record<number, readonly (-1 | 0 | 1)[]>> = { 2: [-1, 1] }

/** A canvas knows neither tokens nor `light-dark()`. */
function resolved(element: HTMLElement, token: string): string {
  const probe = document.createElement('span')
  probe.style.color = `var(${token})`
  element.append(probe)
  const { color } = getComputedStyle(probe)
  probe.remove()
  return color
}

/** Days without anything are zero, from the first that is known until today. */
function dataOf(days: readonly DayView[], series: readonly Series[]): uPlot.AlignedData {
  const known = new Map(days.map(day => [Date.parse(day.date) / 1000, day]))
  const times = [...known.keys()]
  const last = Math.max(...times)
  const first = Math.min(...times, last - 6 * daySeconds)
  const all: number[] = []
  for (let time = first; time <= last; time += daySeconds) all.push(time)
  const values = series.map(({ value }) =>
    all.map(time => {
      const day = known.get(time)
      return day === undefined ? 0 : value(day)
    }),
  )
  return [all, ...values]
}
