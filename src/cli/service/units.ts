/** Texts of the service definitions that start fettle at login and at boot. */
export interface ServiceOptions {
  /** Absolute path of the installed binary. */
  readonly binary: string
  /** What leads to the caller's home: a service manager has an environment of its own. */
  readonly environment: Readonly<Record<string, string>>
}

/**
 * `KillMode=process` and `Delegate`: stopping or updating the service must not take the jobs with it.
 * `OOMPolicy=continue`: the default stops everything when the kernel kills one job for memory.
 */
export function systemdUnit(options: ServiceOptions): string {
  const lines = [
    '[Unit]',
    'Description=fettle: keeps processes and agents in good order',
    'StartLimitIntervalSec=300',
    'StartLimitBurst=10',
    '',
    '[Service]',
    'Type=oneshot',
    'RemainAfterExit=yes',
    `ExecStart=${systemdQuote(options.binary)} daemon start`,
    `ExecStop=${systemdQuote(options.binary)} daemon stop`,
    ...Object.entries(options.environment).map(
      ([name, value]) => `Environment=${systemdQuote(`${name}=${value}`)}`,
    ),
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

/** A dollar sign is one in a program's path and in `Environment=`; only further arguments would need it doubled. */
function systemdQuote(text: string): string {
  const escaped = text.replaceAll('%', '%%')
  if (!/[\s"'\\]/.test(escaped)) return escaped
  return `"${escaped.replaceAll(/["\\]/g, '\\$&').replaceAll('\n', '\\n')}"`
}

export const LAUNCHD_LABEL = 'org.fettle.daemon'

export function launchdPlist(options: ServiceOptions): string {
  const words = [options.binary, 'daemon', 'start'].map((word) => `    <string>${xml(word)}</string>`)
  const variables = Object.entries(options.environment).flatMap(([name, value]) => [
    `    <key>${xml(name)}</key>`,
    `    <string>${xml(value)}</string>`,
  ])
  const environment =
    variables.length === 0 ? [] : ['  <key>EnvironmentVariables</key>', '  <dict>', ...variables, '  </dict>']
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
