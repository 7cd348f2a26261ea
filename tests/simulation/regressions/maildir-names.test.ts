/**
 * Found by seed 187: a node was killed while it made a Maildir, after the directories were made and before their
 * names were on the disk. Started again it found them all there and delivered into them; the power cut that came then
 * took the directories, and with them a letter that had been acknowledged.
 */
import { expect, it } from 'vitest'
import { makeMaildir } from '../../../packages/node/src/stores/mailbox/maildir.ts'
import { Dice } from '../dice.ts'
import { SimulatedDisk } from '../disk.ts'
import { Life, Trouble } from '../life.ts'
import { Immediates, VirtualTime } from '../time.ts'

it('the directories of a Maildir that were there already are on the disk before a letter is', async () => {
  const immediates = new Immediates()
  try {
    const time = new VirtualTime(0, immediates)
    for (let round = 0; round < 20; round += 1) {
      const disk = new SimulatedDisk(() => 0, ['/mail'])
      const life = () =>
        new Life({ time, trouble: new Trouble(), fraction: () => 0, crashed: () => {}, injected: () => {} })
      const killed = disk.of(life())
      for (const name of ['tmp', 'new', 'cur']) await killed.makeDirectory(`/mail/ana/${name}`)
      const files = disk.of(life())
      await makeMaildir(files, '/mail/ana', '/mail')
      await files.writeSmall('/mail/ana/new/letter', Buffer.from('hello'))
      await files.syncDirectory('/mail/ana/new')
      disk.losePower(new Dice(`power ${round}`))
      expect([...disk.files()].map(([path]) => path)).toEqual(['/mail/ana/new/letter'])
    }
  } finally {
    immediates.remove()
  }
})
