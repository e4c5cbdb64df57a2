import { readFileSync } from 'node:fs'
import { release } from 'node:os'
import { VERSION } from '../../platform/version.ts'
import { isFeatureEnabled } from '../../platform/linux/features.ts'
import type { Feature } from '../../platform/linux/features.ts'
import { ownCgroup } from '../../platform/linux/cgroup.ts'
import { closeFd } from '../../platform/linux/descriptor.ts'
import { openPidfd } from '../../platform/linux/pidfd.ts'
import { removedVariables } from '../bun-variables.ts'
import type { Finding } from './finding.ts'

export function checkInstallation(): Finding[] {
  const findings: Finding[] = [
    {
      level: 'ok',
      check: 'installation',
      text: `fettle ${VERSION} at ${process.execPath}, bun ${Bun.version}`,
    },
  ]
  const removed = removedVariables()
  if (removed.length > 0) {
    findings.push({
      level: 'note',
      check: 'installation',
      text: `${removed.join(', ')} is set: it acts on this command before fettle begins; it is passed on to nothing`,
    })
  }
  return findings
}

/** The line of this machine: what the kernel gives, and with it which guarantees hold in full. */
export function checkKernel(): Finding[] {
  if (process.platform !== 'linux') {
    return [
      {
        level: 'problem',
        check: 'kernel',
        text: `${process.platform} has no subreaper, pidfd or splice: what a run starts can escape, and a killed guard can lose output`,
      },
    ]
  }
  const features = readFeatures()
  const line = features.map(({ name, there }) => `${there ? '' : 'no '}${name}`).join(', ')
  const missing = features.filter(({ there }) => !there)
  return [
    { level: 'ok', check: 'kernel', text: `Linux ${release()}: ${line}` },
    ...missing.map(({ name, without }): Finding => ({
      level: 'note',
      check: 'kernel',
      text: `no ${name}: ${without}`,
    })),
  ]
}

interface KernelFeature {
  readonly name: string
  readonly there: boolean
  /** What does not hold where it is missing. */
  readonly without: string
}

function readFeatures(): KernelFeature[] {
  const on = (feature: Feature, there: boolean): boolean => isFeatureEnabled(feature) && there
  const fd = openPidfd(process.pid)
  if (fd >= 0) closeFd(fd)
  return [
    {
      name: 'pidfd',
      there: on('pidfd', fd >= 0),
      without: 'a signal is checked by start time right before it is sent',
    },
    {
      name: 'pidfd_info',
      there: on('pidfd_info', isAtLeast(6, 15)),
      without: 'when guard and anchor of a run both die, its exit status may be lost',
    },
    {
      name: 'splice',
      there: on('splice', isAtLeast(5, 11)),
      without: 'a killed guard may lose what it was copying',
    },
    {
      name: 'subreaper',
      there: on('subreaper', isAtLeast(3, 4)),
      without: 'a double fork leads out of a run',
    },
    {
      name: 'cgroup',
      there: on('cgroup', ownCgroup() !== null),
      without: 'what a run starts is told by descent and by its descriptors alone',
    },
    { name: 'inotify', there: on('inotify', inotifyInstances() > 0), without: 'followers look each 250 ms' },
  ]
}

/** Used for what cannot be tried out without doing something. */
function isAtLeast(major: number, minor: number): boolean {
  const [have = 0, haveMinor = 0] = release().split('.').map(Number)
  return have > major || (have === major && haveMinor >= minor)
}

function inotifyInstances(): number {
  try {
    return Number(readFileSync('/proc/sys/fs/inotify/max_user_instances', 'latin1'))
  } catch {
    // a kernel without inotify, or a container that hides it
    return 0
  }
}
