// Runs a command in a process group of its own, shows its output, and ends the whole group when its time is up.

import { spawn } from 'node:child_process'

/**
 * @typedef {object} GroupOptions
 * @property {string} cwd
 * @property {NodeJS.ProcessEnv} env
 * @property {number} timeoutMs
 * @property {{ uid: number, gid: number }} [user]
 * @property {boolean} [quiet]  keep the output, show nothing
 */

/** @typedef {{ code: number | null, signal: string | null, timedOut: boolean, output: string, seconds: number }} GroupResult */

/** Time for the last output to arrive after the command has ended; a stray process may hold the pipe for ever. */
const DRAIN_MS = 1_000

/** @type {Set<number>} */
const groups = new Set()

/** Ends every group still running: for Ctrl-C. */
export function killGroups() {
  for (const pid of groups) killGroup(pid)
}

/** @param {number} pid */
function killGroup(pid) {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'ESRCH') throw error // ended meanwhile
  }
}

/**
 * @param {string} command
 * @param {string[]} args
 * @param {GroupOptions} options
 * @returns {Promise<GroupResult>}
 */
export function runGroup(command, args, options) {
  const startedMs = performance.now()
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: options.env,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
      ...options.user,
    })
    let output = ''
    let timedOut = false
    /** @type {NodeJS.Timeout | undefined} */
    let drain
    const timer = setTimeout(() => {
      timedOut = true
      if (child.pid !== undefined) killGroup(child.pid)
    }, options.timeoutMs)
    for (const [stream, sink] of /** @type {const} */ ([
      [child.stdout, process.stdout],
      [child.stderr, process.stderr],
    ])) {
      stream.setEncoding('utf8')
      stream.on('data', (/** @type {string} */ chunk) => {
        output += chunk
        if (options.quiet !== true) sink.write(chunk)
      })
    }
    if (child.pid !== undefined) groups.add(child.pid)
    child.on('error', (error) => {
      clearTimeout(timer)
      reject(error)
    })
    child.on('exit', () => {
      clearTimeout(timer)
      drain = setTimeout(() => {
        child.stdout.destroy()
        child.stderr.destroy()
      }, DRAIN_MS)
    })
    child.on('close', (code, signal) => {
      clearTimeout(drain)
      if (child.pid !== undefined) groups.delete(child.pid)
      resolve({ code, signal, timedOut, output, seconds: (performance.now() - startedMs) / 1000 })
    })
  })
}
