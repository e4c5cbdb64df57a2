/** Texts of the service definitions that start fettle at login and at boot. */
export interface ServiceOptions {
  /** Absolute path of the installed binary. */
  readonly binary: string
  /** `FETTLE_HOME`, when the caller uses one. */
  readonly home: string | null
}

/**
 * `KillMode=process` and `Delegate`: stopping or updating the service must not take the jobs with it.
 * `OOMPolicy=continue`: the default stops everything when the kernel kills one job for memory.
 */
export function systemdUnit(options: ServiceOptions): string {
  const lines = [
    '[Unit]',
    'Description=fettle: keeps processes and agents in good order',
    'Documentation=man:fettle(1)',
    'StartLimitIntervalSec=300',
    'StartLimitBurst=10',
    '',
    '[Service]',
    'Type=oneshot',
    'RemainAfterExit=yes',
    `ExecStart=${systemdQuote(options.binary)} daemon start`,
    `ExecStop=${systemdQuote(options.binary)} daemon stop`,
    ...(options.home === null ? [] : [`Environment=${systemdQuote(`FETTLE_HOME=${options.home}`)}`]),
    'Restart=on-failure',
    'RestartSec=2',
    'KillMode=process',
    'OOMPolicy=continue',
    'Delegate=yes',
    'TasksMax=infinity',
    '',
    '[Install]',
    'WantedBy=default.target',
  ]
  return `${lines.join('\n')}\n`
}

function systemdQuote(text: string): string {
  const escaped = text.replaceAll('%', '%%').replaceAll('$', '$$$$')
  return /[\s"'\\]/.test(escaped) ? `"${escaped.replaceAll(/["\\]/g, '\\$&')}"` : escaped
}

export const LAUNCHD_LABEL = 'org.fettle.daemon'

export function launchdPlist(options: ServiceOptions): string {
  const words = [options.binary, 'daemon', 'start'].map((word) => `    <string>${xml(word)}</string>`)
  const environment =
    options.home === null
      ? []
      : [
          '  <key>EnvironmentVariables</key>',
          '  <dict>',
          '    <key>FETTLE_HOME</key>',
          `    <string>${xml(options.home)}</string>`,
          '  </dict>',
        ]
  return `${[
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">',
    '<plist version="1.0">',
    '<dict>',
    '  <key>Label</key>',
    `  <string>${LAUNCHD_LABEL}</string>`,
    '  <key>ProgramArguments</key>',
    '  <array>',
    ...words,
    '  </array>',
    ...environment,
    '  <key>RunAtLoad</key>',
    '  <true/>',
    '  <key>AbandonProcessGroup</key>',
    '  <true/>',
    '</dict>',
    '</plist>',
  ].join('\n')}\n`
}

function xml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
