import { writeAtomic } from '../../platform/files/write-atomic.ts'
import type { Fields } from './fields.ts'
import { parseRecord, readRecord, toRecordText, type RecordFormat } from './record.ts'

/**
 * Processes of a run that its keeper has seen. After the keeper's death its children become the anchor's, mixed with
 * those of others: this is how a successor knows which are its own. All are of boot `bootId`.
 */
export const LEDGER_FORMAT = 1

export interface Ledger {
  readonly format: typeof LEDGER_FORMAT
  readonly hostId: string
  readonly bootId: string
  readonly members: readonly LedgerMember[]
  readonly updatedAtMs: number
}

export interface LedgerMember {
  readonly pid: number
  readonly startTicks: number
}

const FORMAT: RecordFormat<Ledger> = { name: 'ledger.json', format: LEDGER_FORMAT, read: readLedgerFields }

export function parseLedger(text: string): Ledger {
  return parseRecord(text, FORMAT)
}

export function readLedger(path: string): Ledger | null {
  return readRecord(path, FORMAT)
}

/** Not synced: after a loss of power none of these processes is there. */
export function writeLedger(path: string, ledger: Ledger): void {
  writeAtomic(path, toRecordText(ledger))
}

function readLedgerFields(f: Fields): Ledger {
  return {
    format: LEDGER_FORMAT,
    hostId: f.text('hostId'),
    bootId: f.text('bootId'),
    members: f.objects('members', (m) => ({ pid: m.count('pid'), startTicks: m.count('startTicks') })),
    updatedAtMs: f.number('updatedAtMs'),
  }
}
