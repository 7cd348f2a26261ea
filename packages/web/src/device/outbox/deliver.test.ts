// @vitest-environment happy-dom
import { afterEach, expect, test, vi } from 'vitest'
import { ApiFailure, api, localFailure, setClient } from '../../api/index.ts'
import { outbox } from './index.ts'

afterEach(() => {
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

test('a file that is at the node is not sent again after a lost answer, unless the node has it no more', async () => {
  let uploads = 0
  class Request {
    upload = {}
    status = 200
    response = {}
    onload = () => {}
    onloadend = () => {}
    open() {}
    setRequestHeader() {}
    send() {
      uploads += 1
      this.response = { upload: `upload-${uploads}` }
      this.onload()
      this.onloadend()
    }
  }
  vi.stubGlobal('XMLHttpRequest', Request)
  const locks = { request: (_: string, run: () => Promise<void>) => run() }
  vi.spyOn(navigator, 'locks', 'get').mockReturnValue(locks as never)
  const gone = new ApiFailure({ code: 'no-such-upload', message: 'Not here.', retry: 'never' })
  const answers = [localFailure('lost'), localFailure('lost'), gone, { message: 9 }]
  const given: unknown[] = []
  const call = async (_: string, { file }: { file: { upload: string } }) => {
    given.push(file.upload)
    const answer = answers[given.length - 1]
    if (answer instanceof Error) throw answer
    return answer
  }
  setClient({ ...api, phase: () => 'ready', call: call as never })
  await outbox.open('ann')
  await outbox.send(7, { text: '', file: { blob: new Blob(['film']), name: 'film.mp4', kind: 'video' } })
  await vi.waitFor(() => expect(given).toEqual(['upload-1']))
  await vi.waitFor(() => {
    outbox.go()
    expect(given).toEqual(['upload-1', 'upload-1', 'upload-1', 'upload-2'])
  })
})
