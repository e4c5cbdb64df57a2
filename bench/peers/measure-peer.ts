import type { Peer } from './find-peers.ts'

/** A peer that fails costs its own column and nothing else. */
export async function measurePeer(
  peer: Peer | null,
  measure: (peer: Peer) => Promise<number[]>,
  say: (text: string) => void,
): Promise<number[] | null> {
  if (peer === null) return null
  try {
    return await measure(peer)
  } catch (error) {
    say(`${peer.command}: ${error instanceof Error ? error.message : String(error)}`)
    return null
  }
}
