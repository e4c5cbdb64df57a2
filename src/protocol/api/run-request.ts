import { z } from 'zod'
import { isJobName } from '../../core/job/job-name.ts'
import { isOwnerName, MAX_OWNER_CHARS } from '../../core/job/owner-name.ts'
import {
  afterSchema,
  callerTraitsSchema,
  limitsSchema,
  ptySizeSchema,
  readinessSchema,
  restartSchema,
  stopSchema,
  watchSchema,
} from './spec-schemas.ts'

export const ownerSchema = z
  .string()
  .refine(isOwnerName, `1 to ${MAX_OWNER_CHARS} characters on one line, without control characters`)
export const taskSchema = ownerSchema.describe('A narrower group under an owner')
/** A name is typed in shells and URLs, and must not be taken for an id or a flag. */
export const jobNameSchema = z
  .string()
  .refine(isJobName, '1 to 64 of letters, digits, ".", "_" and "-", not beginning with "proc_" or "-"')
export const labelsSchema = z.record(z.string().min(1).max(100), z.string().max(1000))

/** A base64 text: bytes that JSON cannot carry. */
export const base64Schema = z.string().regex(/^[A-Za-z0-9+/]*={0,2}$/, 'base64')

/**
 * What a caller asks to be run. Strict: a field that this daemon does not know would otherwise be an option that
 * silently does nothing.
 */
export const runRequestSchema = z
  .strictObject({
    /** Made by the client, so that the same request sent twice starts one job. */
    requestKey: z.string().min(8).max(100).optional(),
    argv: z.array(z.string()).min(1).optional(),
    /** A script for `sh -c`, instead of argv. */
    shell: z.string().min(1).optional(),
    /** argv as base64, given beside it when an element is not UTF-8. */
    argvBytes: z.array(base64Schema).min(1).optional(),
    cwd: z.string().startsWith('/', 'the directory must be absolute'),
    /** When the directory is missing, use its nearest existing parent. */
    cwdFallback: z.boolean().optional(),
    /** The whole environment of the run. It is handed on in memory and stored nowhere. */
    env: z.record(z.string(), z.string()),
    /** `K=V\0…` as base64, instead of `env`, when something in it is not UTF-8. */
    envBytes: base64Schema.optional(),
    /** Files that variables of `env` came from. They are read again when the job is started after its environment was lost. */
    envFiles: z.array(z.string().startsWith('/', 'the path must be absolute')).max(50).optional(),
    name: jobNameSchema.optional(),
    /** Whom the job belongs to. A caller inside a run acts for that run's owner, whatever it says here. */
    owner: ownerSchema,
    task: taskSchema.nullable().optional(),
    labels: labelsSchema.optional(),
    stdin: z.enum(['none', 'pipe', 'pty']).optional(),
    pty: z.union([ptySizeSchema, z.boolean()]).nullable().optional(),
    split: z.boolean().optional(),
    limits: limitsSchema.partial().optional(),
    stop: stopSchema.partial().optional(),
    leftovers: z.enum(['stop', 'keep', 'report']).optional(),
    restart: restartSchema.partial().optional(),
    readiness: readinessSchema.nullable().optional(),
    after: z.array(afterSchema).max(100).optional(),
    watch: watchSchema.partial().optional(),
    notify: z.boolean().optional(),
    /** Stop a running job of this name and take its place; without it that job is answered. */
    replace: z.boolean().optional(),
    caller: callerTraitsSchema,
    /** Run the shell script in a login shell (`sh -l -c`). */
    loginShell: z.boolean().optional(),
  })
  .check((context) => {
    const { argv, shell, argvBytes, loginShell, pty, stdin, split } = context.value
    const problems: string[] = []
    if ((argv === undefined) === (shell === undefined)) problems.push('give argv or shell, one of them')
    if (argvBytes !== undefined && argvBytes.length !== argv?.length) {
      problems.push('argvBytes must have one element for each of argv')
    }
    if (loginShell === true && shell === undefined) problems.push('loginShell needs shell')
    const wantsPty = pty !== undefined && pty !== null && pty !== false
    if (wantsPty && split === true) problems.push('a terminal has one stream: split cannot be had with pty')
    if (wantsPty && stdin === 'pipe')
      problems.push('a terminal is its own stdin: stdin cannot be "pipe" with pty')
    if (!wantsPty && stdin === 'pty') problems.push('stdin "pty" needs pty')
    for (const text of [...(argv ?? []), shell ?? '', context.value.cwd]) {
      if (text.includes('\0')) problems.push('argv, shell and cwd cannot hold a zero byte')
    }
    for (const message of new Set(problems)) {
      context.issues.push({ code: 'custom', message, input: context.value, path: [] })
    }
  })

export type RunRequest = z.input<typeof runRequestSchema>
/** The request after defaults inside it were filled in. */
export type CheckedRunRequest = z.output<typeof runRequestSchema>
