import type { SettingsView } from '@posthorn/api'
import { type FormEvent, useState } from 'react'
import { api, wordsOf } from '../api/index.ts'
import { fileSize } from '../i18n/index.ts'
import { useAsked } from '../stores/index.ts'
import { Banner, Button, Dialog, Section, Spinner, Switch } from '../ui/index.ts'
import { PasswordField } from './account-fields.tsx'
import { tellFault } from './faults.ts'
import css from './people.module.css'
import { untilBack } from './restart.ts'
import { useDeed } from './use-deed.ts'
import { say } from './words.ts'

/** What who looks after the node sets for all of it, and its backup. */
export function NodePage() {
  const { value, error, again } = useAsked('settings.show', {})
  return (
    <>
      {error === undefined ? null : <Banner tone="danger">{wordsOf(error)}</Banner>}
      {value === undefined ? <Spinner /> : <Openness settings={value} onChanged={again} />}
      <Backup />
    </>
  )
}

function Openness({ settings, onChanged }: { readonly settings: SettingsView; readonly onChanged: () => void }) {
  const { domain, lan, lanBy, lanFault } = settings
  const [isStarting, setStarting] = useState(false)
  const hints = { file: say('lanByFile'), start: say('lanByStart'), setting: say('openToWifiAbout') }
  const change = async (wanted: boolean) => {
    const { restarts } = await api.call('settings.change', { lan: wanted })
    if (restarts) {
      setStarting(true)
      await untilBack()
      setStarting(false)
    }
    onChanged()
  }
  return (
    <Section title={say('wifi')} about={domain}>
      {lanFault === null ? null : <Banner tone="danger">{say('lanFault', { reason: lanFault })}</Banner>}
      <Switch
        label={say('openToWifi')}
        hint={hints[lanBy]}
        on={lan || lanFault !== null}
        disabled={lanBy !== 'setting'}
        onChange={wanted => void change(wanted).catch(tellFault)}
      />
      {isStarting ? (
        <Dialog title={say('restartTitle')} onClose={() => undefined}>
          <div className={css['stack']}>
            <p>{say('restartAbout')}</p>
            <Spinner />
          </div>
        </Dialog>
      ) : null}
    </Section>
  )
}

function Backup() {
  const [passphrase, setPassphrase] = useState('')
  const [again, setAgain] = useState('')
  const [begun, setBegun] = useState<number>()
  const { busy, fault, run } = useDeed()
  const differs = again !== '' && again !== passphrase
  const submit = (event: FormEvent) => {
    event.preventDefault()
    run(async () => {
      const { path, sizeBytes } = await api.call('backup.prepare', { passphrase })
      setPassphrase('')
      setAgain('')
      setBegun(sizeBytes)
      fetchFile(path)
    })
  }
  return (
    <Section title={say('backup')} about={say('backupAbout')}>
      <form className={css['stack']} onSubmit={submit}>
        <PasswordField
          label={say('passphrase')}
          hint={say('passphraseHint')}
          value={passphrase}
          onChange={setPassphrase}
        />
        <PasswordField
          label={say('passphraseAgain')}
          hint=""
          fault={differs ? say('passphrasesDiffer') : undefined}
          value={again}
          onChange={setAgain}
        />
        {fault === undefined ? null : <Banner tone="danger">{fault}</Banner>}
        {begun === undefined ? null : <Banner>{say('backupBegun', { size: fileSize(begun) })}</Banner>}
        <Button look="primary" type="submit" busy={busy} disabled={passphrase === '' || again !== passphrase}>
          {say('makeBackup')}
        </Button>
      </form>
    </Section>
  )
}

/** The browser saves it and shows how far it is: it may be larger than its memory. */
export function fetchFile(path: string): void {
  const link = document.createElement('a')
  link.href = path
  link.download = ''
  document.body.append(link)
  link.click()
  link.remove()
}
