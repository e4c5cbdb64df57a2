import { isJobId } from '../../core/job/job-id.ts'
import { JOB_FORMAT, type Job } from '../../core/job/job.ts'
import { writeAtomic } from '../../platform/files/write-atomic.ts'
import { damaged, type Fields } from './fields.ts'
import { parseRecord, readRecord, toRecordText, type RecordFormat } from './record.ts'
import { readSpecFields } from './spec.ts'

const FORMAT: RecordFormat<Job> = { name: 'job.json', format: JOB_FORMAT, read: readJobFields }

export function parseJob(text: string): Job {
  return parseRecord(text, FORMAT)
}

export function readJob(path: string): Job | null {
  return readRecord(path, FORMAT)
}

/** `fsync`: on the medium before it returns, because somebody who asked for the change is answered then. */
export function writeJob(
  path: string,
  job: Job,
  options: { readonly fsync: boolean } = { fsync: true },
): void {
  writeAtomic(path, toRecordText(job), options)
}

function readJobFields(f: Fields): Job {
  const id = f.text('id')
  // The id becomes part of paths.
  if (!isJobId(id)) throw damaged('job.json.id is not proc_ and 12 hex digits')
  return {
    format: JOB_FORMAT,
    hostId: f.text('hostId'),
    id,
    name: f.orNull('name', (key) => f.text(key)),
    owner: f.text('owner'),
    task: f.orNull('task', (key) => f.text(key)),
    labels: f.labels('labels'),
    desired: f.oneOf('desired', ['running', 'stopped']),
    createdAtMs: f.number('createdAtMs'),
    ...readRequestKey(f),
    runs: f.count('runs'),
    spec: f.object('spec', readSpecFields),
    restart: f.object('restart', (r) => ({
      startsMs: r.numbers('startsMs'),
      crashLoop: r.flag('crashLoop'),
      nextStartMs: r.orNull('nextStartMs', (key) => r.number(key)),
    })),
    notify: f.object('notify', (n) => ({
      onExit: n.flag('onExit'),
      watchDisabled: n.flag('watchDisabled'),
    })),
  }
}

/** Absent in jobs of callers that gave none. */
function readRequestKey(f: Fields): Pick<Job, 'requestKey'> {
  const requestKey = f.orNull('requestKey', (key) => f.text(key))
  return requestKey === null ? {} : { requestKey }
}
