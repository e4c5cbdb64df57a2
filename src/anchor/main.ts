import { Anchor } from './anchor.ts'

/** `fettle __anchor STATE RUNTIME HOSTID`: runs until no run is held and no daemon is wanted. */
export function runAnchor(args: readonly string[]): void {
  const [state, runtime, hostId] = args
  if (state === undefined || runtime === undefined || hostId === undefined) {
    throw new Error('usage: __anchor STATE RUNTIME HOSTID')
  }
  Anchor.open({ state, runtime, hostId })?.run()
  process.exit(0)
}
