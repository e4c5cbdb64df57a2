/**
 * One binary, four programs: a keeper, the anchor, the daemon and the command line. Each is loaded when it is asked for,
 * so that a keeper carries no schemas and `fettle ps` nothing of the daemon.
 */
async function main(): Promise<void> {
  const [verb, ...rest] = process.argv.slice(2)
  switch (verb) {
    case '__keeper': {
      const { runKeeper } = await import('./keeper/main.ts')
      runKeeper(rest)
      return
    }
    case '__anchor': {
      const { runAnchor } = await import('./anchor/main.ts')
      runAnchor(rest)
      return
    }
    case '__daemon': {
      const { runDaemon } = await import('./daemon/main.ts')
      await runDaemon()
      // Its orderly end is over: a connection that somebody forgot must not keep it.
      process.exit(0)
    }
    default: {
      const { startCli } = await import('./cli/start-cli.ts')
      await startCli(process.argv.slice(2))
    }
  }
}

void main()
