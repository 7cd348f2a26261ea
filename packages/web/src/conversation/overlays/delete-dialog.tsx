import { useStore } from 'zustand'
import { api } from '../../api/index.ts'
import { Button, Dialog } from '../../ui/index.ts'
import { told } from '../doing.ts'
import { useOpenChat } from '../state.ts'
import { say } from '../words.ts'

interface Props {
  readonly ids: readonly number[]
  readonly onClose: () => void
}

export function DeleteDialog({ ids, onClose }: Props) {
  const { window, chat, store } = useOpenChat()
  const areAllOwn = useStore(window.state, ({ loaded }) => ids.every(id => loaded.get(id)?.mine === true))
  const canForAll = areAllOwn && chat.canSend && !chat.self
  const remove = (forAll: boolean) => {
    void told(api.call('messages.delete', { ids: [...ids], forAll }))
    store.setState({ overlay: null, chosen: null })
  }
  const actions = (
    <>
      <Button look={canForAll ? 'secondary' : 'danger'} onClick={() => remove(false)}>
        {say('deleteForMe')}
      </Button>
      {canForAll ? (
        <Button look="danger" onClick={() => remove(true)}>
          {say('deleteForAll')}
        </Button>
      ) : null}
    </>
  )
  return (
    <Dialog title={say('deleteTitle', { count: ids.length })} onClose={onClose} actions={actions}>
      {canForAll ? <p>{say('deleteText')}</p> : <p>{say('deleteHereText')}</p>}
    </Dialog>
  )
}
