import type { Client } from '../api/index.ts'

/** The node as the stores see it: calls, events, and when the connection is there anew. */
export type Source = Pick<Client, 'call' | 'on' | 'onReady'>
