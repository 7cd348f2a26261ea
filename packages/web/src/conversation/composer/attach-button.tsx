import { FileText, ImagePlus, Plus } from 'lucide-react'
import { useRef } from 'react'
import { IconButton, Menu } from '../../ui/index.ts'
import { say } from '../words.ts'
import { addFiles } from './tray-files.ts'

export function AttachButton({ chat }: { readonly chat: number }) {
  const photos = useRef<HTMLInputElement>(null)
  const files = useRef<HTMLInputElement>(null)
  const items = [
    { id: 'photos', label: say('attachPhotos'), icon: ImagePlus, run: () => photos.current?.click() },
    { id: 'files', label: say('attachFiles'), icon: FileText, run: () => files.current?.click() },
  ]
  const take = (input: HTMLInputElement, asFiles: boolean) => {
    void addFiles(chat, [...(input.files ?? [])], asFiles)
    input.value = ''
  }
  return (
    <>
      <Menu items={[items]} align="start">
        <IconButton icon={Plus} label={say('attach')} />
      </Menu>
      <input
        ref={photos}
        type="file"
        accept="image/*,video/*"
        multiple
        hidden
        onChange={event => take(event.target, false)}
      />
      <input ref={files} type="file" multiple hidden onChange={event => take(event.target, true)} />
    </>
  )
}
