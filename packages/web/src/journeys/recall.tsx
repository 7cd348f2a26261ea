import type { RecallView } from '@posthorn/api'
import { Undo2 } from 'lucide-react'
import { useState } from 'react'
import { api, wordsOf } from '../api/index.ts'
import { Banner, Button } from '../ui/index.ts'
import css from './recall.module.css'
import { recallWords } from './station-words.ts'
import { say } from './words.ts'

interface RecallProps {
  readonly message: number
  /** Its text went ahead of it. */
  readonly ahead: boolean
  readonly people: ReadonlyMap<string, string>
}

type Step = 'idle' | 'asked' | 'busy'

/** Takes a message back, after a question, and says what became of that for each. */
export function Recall({ message, ahead, people }: RecallProps) {
  const [step, setStep] = useState<Step>('idle')
  const [failure, setFailure] = useState('')
  const [outcome, setOutcome] = useState<RecallView>()
  const recall = () => {
    setStep('busy')
    setFailure('')
    api
      .call('journeys.recall', { message })
      .then(setOutcome, (error: unknown) => setFailure(wordsOf(error)))
      .finally(() => setStep('idle'))
  }
  if (outcome !== undefined) return <Outcome outcome={outcome} people={people} />
  return (
    <div className={css['recall']}>
      {failure === '' ? null : <Banner tone="danger">{failure}</Banner>}
      {step === 'idle' ? (
        <Button icon={<Undo2 aria-hidden size={18} />} onClick={() => setStep('asked')}>
          {say('recall')}
        </Button>
      ) : (
        <fieldset className={css['question']}>
          <legend>{say('recallTitle')}</legend>
          <p>{ahead ? `${say('recallAbout')} ${say('recallAhead')}` : say('recallAbout')}</p>
          <div className={css['buttons']}>
            <Button onClick={() => setStep('idle')}>{say('recallNo')}</Button>
            <Button look="danger" busy={step === 'busy'} onClick={recall}>
              {say('recallYes')}
            </Button>
          </div>
        </fieldset>
      )}
    </div>
  )
}

function Outcome({ outcome, people }: { readonly outcome: RecallView; readonly people: ReadonlyMap<string, string> }) {
  return (
    <section className={css['outcome']} aria-live="polite">
      <h3>{say('recallDone')}</h3>
      <ul>
        {outcome.recipients.map(recipient => (
          <li key={recipient.address}>
            <span className={css['name']}>{people.get(recipient.address.toLowerCase()) ?? recipient.address}</span>
            <span className={css['result']}>{recallWords(recipient)}</span>
          </li>
        ))}
      </ul>
      {outcome.ahead ? <p>{say('recallAhead')}</p> : null}
    </section>
  )
}
