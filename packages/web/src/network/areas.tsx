import type { AreaView } from '@posthorn/api'
import { Megaphone, Plus } from 'lucide-react'
import { type FormEvent, useCallback, useState } from 'react'
import { api } from '../api/index.ts'
import { listOf } from '../i18n/index.ts'
import { Button, Dialog, EmptyState, Menu, Row, TextField, toast } from '../ui/index.ts'
import css from './network.module.css'
import { useNetwork } from './network-store.ts'
import { useAsked, useDoing } from './use-asked.ts'
import { say } from './words.ts'

/** Groups of nodes, and whom their messages are passed on to. */
export function Areas() {
  const ask = useCallback(() => api.call('areas.list', {}), [])
  const { answer, fault, again } = useAsked(ask)
  const [adding, setAdding] = useState<'new' | 'join'>()
  const actions = (
    <div className={css['actions']}>
      <Button icon={<Plus aria-hidden size={18} />} onClick={() => setAdding('new')}>
        {say('newArea')}
      </Button>
      <Button onClick={() => setAdding('join')}>{say('joinArea')}</Button>
    </div>
  )
  return (
    <>
      {fault === undefined ? null : <p role="alert">{fault}</p>}
      {answer?.length === 0 ? (
        <EmptyState icon={Megaphone} title={say('noAreas')} action={actions}>
          {say('noAreasAbout')}
        </EmptyState>
      ) : (
        <div className={css['main']}>
          {actions}
          <ul className={css['cards']}>
            {answer?.map(area => (
              <Area key={area.id} area={area} changed={again} />
            ))}
          </ul>
        </div>
      )}
      {adding === undefined ? null : (
        <AddArea
          joins={adding === 'join'}
          onClose={() => setAdding(undefined)}
          onAdded={name => {
            setAdding(undefined)
            again()
            toast({ text: say('areaMade', { name }) })
          }}
        />
      )}
    </>
  )
}

function Area({ area, changed }: { readonly area: AreaView; readonly changed: () => void }) {
  const neighbours = useNetwork(state => state.view?.neighbours ?? none)
  const { run } = useDoing()
  const subscribed = area.subscribers.map(({ name, id }) => name ?? `${id.slice(0, 8)}…`)
  const change = (method: 'areas.subscribe' | 'areas.unsubscribe', neighbour: string) =>
    run(neighbour, async () => {
      await api.call(method, { area: area.name, neighbour })
      changed()
    })
  const others = neighbours.filter(({ name }) => !subscribed.includes(name))
  const items = [
    others.map(({ name }) => ({ id: name, label: name, run: () => change('areas.subscribe', name) })),
    area.subscribers.flatMap(({ name }) =>
      name === null
        ? []
        : [{ id: `not ${name}`, label: say('unsubscribe', { name }), run: () => change('areas.unsubscribe', name) }],
    ),
  ]
  return (
    <li className={css['card']}>
      <Row
        start={<Megaphone aria-hidden size={22} className={css['stateIcon']} />}
        title={area.name}
        text={[
          say(area.reads ? 'reads' : 'passes'),
          subscribed.length === 0 ? say('passedToNobody') : say('passedTo', { names: listOf(subscribed) }),
        ].join(' · ')}
        end={
          <Menu items={items}>
            <Button disabled={items.every(group => group.length === 0)}>{say('subscribe')}</Button>
          </Menu>
        }
      />
    </li>
  )
}

const none: readonly { readonly name: string }[] = []

function AddArea(props: {
  readonly joins: boolean
  readonly onClose: () => void
  readonly onAdded: (name: string) => void
}) {
  const { joins, onClose, onAdded } = props
  const [text, setText] = useState('')
  const { busy, run } = useDoing()
  const add = (event: FormEvent) => {
    event.preventDefault()
    run('add', async () => {
      const added = joins
        ? await api.call('areas.join', { source: text })
        : await api.call('areas.create', { area: text.trim() })
      onAdded(added.name)
    })
  }
  return (
    <Dialog title={say(joins ? 'joinArea' : 'newArea')} onClose={onClose}>
      <form className={css['form']} onSubmit={add}>
        <TextField
          label={say(joins ? 'areaLink' : 'areaName')}
          hint={joins ? say('areaLinkHint') : undefined}
          value={text}
          required
          onChange={event => setText(event.target.value)}
        />
        <div className={css['formEnd']}>
          <Button onClick={onClose}>{say('cancel')}</Button>
          <Button look="primary" type="submit" busy={busy !== undefined}>
            {say('add')}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
