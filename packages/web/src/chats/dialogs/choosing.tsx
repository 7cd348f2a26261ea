import type { PersonHere } from '@posthorn/api'
import { type ReactNode, useMemo, useRef, useState } from 'react'
import { api } from '../../api/index.ts'
import { useAsked } from '../../stores/index.ts'
import { attempt } from '../deeds.ts'
import { Picker } from './picker.tsx'

interface ChoosingProps {
  readonly chosen: ReadonlySet<number>
  /** Of another set: a choice may come a moment after the click. */
  readonly onChosen: (change: (before: ReadonlySet<number>) => ReadonlySet<number>) => void
  /** Members already. */
  readonly without?: readonly number[]
  readonly empty?: ReactNode
}

const nobody: readonly number[] = []

/** Several people: those whom one knows, and those of this node, of whom a key is taken in when they are chosen. */
export function Choosing({ chosen, onChosen, without = nobody, empty }: ChoosingProps) {
  const here = useAsked('contacts.here', {}, ['contacts.changed'])
  const [met, setMet] = useState<ReadonlyMap<string, number>>(new Map())
  const meeting = useRef(new Set<string>())
  const contactOf = ({ login, contact }: PersonHere) => met.get(login) ?? contact
  const others = useMemo(
    () => here.value?.filter(({ login, contact }) => !without.includes(met.get(login) ?? contact ?? 0)),
    [here.value, met, without],
  )
  const pick = (contact: number) => onChosen(before => toggled(before, contact))
  // By their key anew, once: somebody else may have had this address before.
  const meet = async (login: string) => {
    const known = met.get(login)
    if (known !== undefined) return pick(known)
    if (meeting.current.has(login)) return
    meeting.current.add(login)
    await attempt(async () => {
      const { contact } = await api.call('contacts.meet', { login })
      setMet(before => new Map(before).set(login, contact))
      pick(contact)
    })
    meeting.current.delete(login)
  }
  return (
    <Picker
      without={without}
      {...(others === undefined ? {} : { here: others })}
      onMeet={login => void meet(login)}
      isHereChosen={person => chosen.has(contactOf(person) ?? 0)}
      chosen={chosen}
      onPick={pick}
      empty={empty}
    />
  )
}

/** With the one who was not in it, without the one who was. */
function toggled(chosen: ReadonlySet<number>, id: number): ReadonlySet<number> {
  const next = new Set(chosen)
  if (!next.delete(id)) next.add(id)
  return next
}
