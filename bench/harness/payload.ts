import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Scratch } from './scratch.ts'

/** Ordinary output: log lines of 40 to 160 bytes, as build tools and servers print them. */
export interface Payload {
  readonly path: string
  readonly bytes: number
  readonly lines: number
}

const WORDS =
  'compiled resolved linked fetched skipped request from 10.0.3.17 in ms status module build cache'.split(' ')

export function makePayload(scratch: Scratch, megabytes: number): Payload {
  const wanted = megabytes * 1_000_000
  const block: string[] = []
  let blockBytes = 0
  // A megabyte of lines that differ, over and over: what is in them makes no difference to anybody's speed.
  for (let i = 0; blockBytes < 1_000_000; i++) {
    const words = Array.from({ length: 4 + (i % 14) }, (_, k) => WORDS[(i * 7 + k * 3) % WORDS.length] ?? '')
    const line = `2026-01-01T00:00:00.${String(i % 1000).padStart(3, '0')}Z [${i}] ${words.join(' ')}\n`
    block.push(line)
    blockBytes += line.length
  }
  const text = block.join('').slice(0, 999_999)
  const ended = `${text.endsWith('\n') ? `${text.slice(0, -1)}.` : text}\n`
  const path = join(scratch.folder(), 'payload')
  writeFileSync(path, ended.repeat(megabytes))
  return { path, bytes: wanted, lines: (ended.split('\n').length - 1) * megabytes }
}
