import type { FettleClient } from '../../client/client.ts'

/** One request carries at most this much. */
const CHUNK_BYTES = 256 * 1024

export interface SendInputOptions {
  readonly client: FettleClient
  readonly job: string
  readonly bytes: Uint8Array
  /** With the sequence number what a resend is recognised by. */
  readonly clientId: string
  readonly firstSeq: number
}

export interface SentInput {
  readonly acceptedBytes: number
  /** Offset of the first byte in the run's input, null when nothing was sent. */
  readonly at: number | null
  readonly nextSeq: number
}

/** Sends bytes in order, piece by piece. Each piece is accepted once, however often it had to be sent. */
export async function sendInput(options: SendInputOptions): Promise<SentInput> {
  const { client, job, bytes, clientId } = options
  let seq = options.firstSeq
  let acceptedBytes = 0
  let at: number | null = null
  for (let from = 0; from < bytes.length; from += CHUNK_BYTES) {
    const piece = Buffer.from(bytes.subarray(from, from + CHUNK_BYTES))
    const answer = await client.call('inputJob', {
      params: { job },
      body: { base64: piece.toString('base64'), client: clientId, seq },
    })
    at ??= answer.at
    acceptedBytes += piece.length
    seq += 1
  }
  return { acceptedBytes, at, nextSeq: seq }
}
