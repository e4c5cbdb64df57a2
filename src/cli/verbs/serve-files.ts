import { realpathSync } from 'node:fs'
import { join, sep } from 'node:path'
import { FettleError } from '../../core/errors.ts'
import { defineVerb } from '../verb.ts'

/** The quickstart's example of a server: files of a folder on 127.0.0.1, a line per request on stdout. */
export const serveFiles = defineVerb({
  name: '__serve-files',
  summary: 'Serve the files of a folder on 127.0.0.1 (used by the quickstart)',
  usage: '--dir DIR [--port N]',
  flags: {
    dir: { kind: 'text', value: 'DIR', help: 'Folder to serve' },
    port: { kind: 'integer', value: 'N', help: 'Port; 0 takes a free one and says which' },
  },
  positionals: { name: 'WORD', min: 0, max: 0 },
  examples: [
    { command: 'fettle __serve-files --dir public --port 0', does: 'serves ./public on a free port' },
  ],
  async run(cli, args) {
    const dir = args.text('dir')
    if (dir === null) throw new FettleError('usage', '"__serve-files" needs --dir')
    const root = realpathSync(dir)
    const server = Bun.serve({
      hostname: '127.0.0.1',
      port: args.number('port') ?? 0,
      async fetch(request) {
        const found = await findFile(root, new URL(request.url).pathname)
        cli.line(`${request.method} ${new URL(request.url).pathname} ${found === null ? 404 : 200}`)
        return found === null ? new Response('not found\n', { status: 404 }) : new Response(found)
      },
    })
    cli.line(`serving ${root} on http://127.0.0.1:${server.port}/`)
    await new Promise<void>((resolve) => {
      process.once('SIGTERM', () => resolve())
      process.once('SIGINT', () => resolve())
    })
    await server.stop(true)
    cli.line('stopped')
    return 0
  },
})

/** Null for what is not there, is no file, or lies outside of the folder, links followed. */
async function findFile(root: string, pathname: string): Promise<Blob | null> {
  const path = join(root, decodeURIComponent(pathname.endsWith('/') ? `${pathname}index.html` : pathname))
  const file = Bun.file(path)
  if (!(await file.exists())) return null
  return realpathSync(path).startsWith(root + sep) ? file : null
}
