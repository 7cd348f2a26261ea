/** Files to the node, with how far they are: what `fetch` cannot tell. */
import { apiError } from '@posthorn/api'
import * as v from 'valibot'
import { ApiFailure, localFailure } from './failure.ts'

const answer = v.object({ upload: v.string() })

export interface UploadOptions {
  readonly signal?: AbortSignal
  readonly onProgress?: (sentBytes: number, totalBytes: number) => void
}

/** Sends a file; resolves with its id, which is good for one use in a call. */
export function upload(file: Blob, name: string, { signal, onProgress }: UploadOptions = {}): Promise<string> {
  return new Promise((done, reject) => {
    const request = new XMLHttpRequest()
    const cancel = () => request.abort()
    if (signal?.aborted === true) {
      reject(localFailure('cancelled'))
      return
    }
    signal?.addEventListener('abort', cancel, { once: true })
    request.upload.onprogress = event => onProgress?.(event.loaded, file.size)
    request.onabort = () => reject(localFailure('cancelled'))
    request.onerror = () => reject(localFailure('network'))
    request.onload = () => {
      const content = v.safeParse(answer, request.response)
      const error = v.safeParse(apiError, request.response)
      if (request.status < 300 && content.success) done(content.output.upload)
      else reject(error.success ? new ApiFailure(error.output) : localFailure('answer'))
    }
    request.onloadend = () => signal?.removeEventListener('abort', cancel)
    request.responseType = 'json'
    request.open('PUT', `/api/v1/uploads?name=${encodeURIComponent(name)}`)
    request.setRequestHeader('Content-Type', 'application/octet-stream')
    request.send(file)
  })
}
