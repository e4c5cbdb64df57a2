import type { Section } from '../harness/section.ts'
import { captureFifo } from './capture-fifo.ts'
import { capturePty } from './capture-pty.ts'
import { events } from './events.ts'
import { keeperMemory } from './keeper-memory.ts'
import { listing } from './listing.ts'
import { scale } from './scale.ts'
import { startLatency } from './start-latency.ts'
import { startRate } from './start-rate.ts'
import { stop } from './stop.ts'
import { tail } from './tail.ts'

/** In the order of the page. */
export const SECTIONS: readonly Section[] = [
  startLatency,
  startRate,
  captureFifo,
  capturePty,
  listing,
  tail,
  events,
  stop,
  keeperMemory,
  scale,
]
