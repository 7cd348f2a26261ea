import type { SecondDeviceView } from '@posthorn/api'
import { type RefObject, useEffect, useRef, useState } from 'react'
import { api } from '../api/index.ts'
import { Banner, Button, Dialog, Progress, Qr, SelectField } from '../ui/index.ts'
import css from './people.module.css'
import { SecretText } from './secret-text.tsx'
import { useDeed } from './use-deed.ts'
import { say } from './words.ts'

interface SecondDeviceDialogProps {
  readonly isOpenToNetwork: boolean
  readonly onClose: () => void
}

const resting: SecondDeviceView = { state: 'resting', done: 0, reason: null }

/** Hands one's profile to another device of one's own. Closed or left, the offer ends. */
export function SecondDeviceDialog({ isOpenToNetwork, onClose }: SecondDeviceDialogProps) {
  const [where, setWhere] = useState<'network' | 'machine'>(isOpenToNetwork ? 'network' : 'machine')
  const [code, setCode] = useState<string>()
  const [view, setView] = useState(resting)
  const { busy, fault, run } = useDeed()
  useEffect(() => api.on('second-device.went', setView), [])
  const isShown = code !== undefined && (view.state === 'waiting' || view.state === 'resting')
  const isOffered = useRef(false)
  useEffect(() => {
    isOffered.current = isShown
  }, [isShown])
  const isLeft = useLeft(() => isOffered.current && stopOffer())
  const start = () =>
    run(async () => {
      const offer = await api.call('second-device.start', { where })
      if (isLeft.current) stopOffer()
      else setCode(offer.code)
    })
  const actions = (
    <>
      <Button onClick={onClose}>{view.state === 'done' ? say('done') : say('cancel')}</Button>
      {code === undefined ? (
        <Button look="primary" busy={busy} onClick={start}>
          {say('showCode')}
        </Button>
      ) : null}
    </>
  )
  return (
    <Dialog title={say('deviceTitle')} onClose={onClose} actions={actions} size="medium">
      <div className={css['stack']}>
        {code === undefined ? <Question where={where} canNetwork={isOpenToNetwork} onChoose={setWhere} /> : null}
        {isShown ? (
          <>
            <p>{say('deviceSteps')}</p>
            <div className={css['center']}>
              <Qr text={code} label={say('deviceCode')} />
            </div>
            {where === 'machine' ? <SecretText label={say('link')} text={code} /> : null}
            <p className={css['note']}>{say('deviceSecret')}</p>
          </>
        ) : null}
        <Course view={view} />
        {fault === undefined ? null : <Banner tone="danger">{fault}</Banner>}
      </div>
    </Dialog>
  )
}

function stopOffer(): void {
  api.call('second-device.stop', {}).catch(() => undefined)
}

/** True once the component is gone, by whichever way. */
function useLeft(onLeave: () => void): RefObject<boolean> {
  const isLeft = useRef(false)
  const leave = useRef(onLeave)
  useEffect(() => {
    isLeft.current = false
    return () => {
      isLeft.current = true
      leave.current()
    }
  }, [])
  return isLeft
}

function Question(props: {
  readonly where: 'network' | 'machine'
  readonly canNetwork: boolean
  readonly onChoose: (where: 'network' | 'machine') => void
}) {
  const choices = [
    ...(props.canNetwork ? [{ value: 'network', label: say('deviceNetwork') }] : []),
    { value: 'machine', label: say('deviceMachine') },
  ]
  return (
    <>
      <p>{say('sameChatsAbout')}</p>
      <p className={css['note']}>{say('deviceSecret')}</p>
      <SelectField
        label={say('deviceWhere')}
        value={props.where}
        choices={choices}
        onChoose={value => props.onChoose(value === 'network' ? 'network' : 'machine')}
      />
    </>
  )
}

function Course({ view }: { readonly view: SecondDeviceView }) {
  switch (view.state) {
    case 'waiting':
      return <p role="status">{say('deviceWaiting')}</p>
    case 'sending':
      return (
        <div role="status">
          <p>{say('deviceSending')}</p>
          <Progress label={say('deviceSending')} done={view.done} total={1000} />
        </div>
      )
    case 'done':
      return <Banner tone="good">{say('deviceDone')}</Banner>
    case 'ended':
      return <Banner tone="warning">{say('deviceEnded')}</Banner>
    default:
      return null
  }
}
