/** Resolves when everything that waits for the event loop has had its turn: long work awaits it between its pieces. */
export function nextTurn(): Promise<void> {
  return new Promise(resolve => {
    setImmediate(resolve)
  })
}
