import { expect, test } from 'bun:test'
import { createModeTracker } from './mode-tracker.ts'

test('what is still on is undone, and nothing else', () => {
  const tracker = createModeTracker()
  tracker.see(
    Buffer.from('\u001b[?1049h\u001b[?25l\u001b[?1h\u001b=\u001b[?1000;1006h text \u001b[?1000l\u001b[>1u'),
  )
  expect(tracker.undo()).toBe('\u001b[0m\u001b[?1049l\u001b[?1l\u001b[?1006l\u001b[<1u\u001b>\u001b[?25h')
  tracker.see(Buffer.from('\u001b[?1049l\u001b[?25h\u001b[?1l\u001b>\u001b[?1006l\u001b[<u'))
  expect(tracker.undo()).toBe('\u001b[0m')
})
