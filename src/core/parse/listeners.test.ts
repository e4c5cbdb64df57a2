import { expect, test } from 'bun:test'
import { parseListeners } from './listeners.ts'

const TCP = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 41234 1 0000000000000000 100 0 0 10 0
   1: 0100007F:1F90 0100007F:C350 01 00000000:00000000 00:00000000 00000000  1000        0 41240 1 0000000000000000 20 4 30 10 -1
`
const TCP6 =
  '   0: 00000000000000000000000000000000:0BB8 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 777 1\n'

test('listening sockets with their port and inode, connections left out', () => {
  expect(parseListeners(TCP)).toEqual([{ port: 8080, inode: 41234 }])
  expect(parseListeners(TCP6)).toEqual([{ port: 3000, inode: 777 }])
  expect(parseListeners('garbage\n\n')).toEqual([])
})
