/**
 * UTF-8 bytes to text, a chunk at a time, with the replacement marks of the WHATWG Encoding Standard: one U+FFFD for
 * each longest prefix of a character that could not be finished. A character cut by a chunk border stays whole. A
 * byte order mark is text like any other, so that offsets stay true.
 */
export interface Utf8Decoder {
  push(bytes: Uint8Array): string
  /** One replacement mark if a character was left unfinished, else nothing. */
  end(): string
}

export function createUtf8Decoder(): Utf8Decoder {
  let point = 0
  let needed = 0
  /** Bounds of the next continuation byte: tighter for the first one after E0, ED, F0, F4. */
  let low = 0x80
  let high = 0xbf

  const reset = (): void => {
    point = 0
    needed = 0
    low = 0x80
    high = 0xbf
  }

  return {
    push(bytes: Uint8Array): string {
      const units: number[] = []
      let out = ''
      for (let i = 0; i < bytes.length; i++) {
        const byte = bytes[i] ?? 0
        if (needed > 0) {
          if (byte < low || byte > high) {
            reset()
            units.push(0xfffd)
            // The byte that broke the character may begin the next one.
            i--
          } else {
            low = 0x80
            high = 0xbf
            point = (point << 6) | (byte & 0x3f)
            needed--
            if (needed === 0) {
              pushPoint(units, point)
              point = 0
            }
          }
        } else if (byte < 0x80) {
          units.push(byte)
        } else if (byte >= 0xc2 && byte <= 0xdf) {
          needed = 1
          point = byte & 0x1f
        } else if (byte >= 0xe0 && byte <= 0xef) {
          needed = 2
          point = byte & 0x0f
          if (byte === 0xe0) low = 0xa0
          if (byte === 0xed) high = 0x9f
        } else if (byte >= 0xf0 && byte <= 0xf4) {
          needed = 3
          point = byte & 0x07
          if (byte === 0xf0) low = 0x90
          if (byte === 0xf4) high = 0x8f
        } else {
          units.push(0xfffd)
        }
        // fromCharCode takes its argument as a list: bounded, so that the stack is.
        if (units.length >= 4096) {
          out += String.fromCharCode(...units)
          units.length = 0
        }
      }
      return out + String.fromCharCode(...units)
    },
    end(): string {
      const unfinished = needed > 0
      reset()
      return unfinished ? '\ufffd' : ''
    },
  }
}

/** The whole of some bytes at once. */
export function decodeUtf8(bytes: Uint8Array): string {
  const decoder = createUtf8Decoder()
  return decoder.push(bytes) + decoder.end()
}

function pushPoint(units: number[], point: number): void {
  if (point < 0x10000) {
    units.push(point)
    return
  }
  const rest = point - 0x10000
  units.push(0xd800 + (rest >> 10), 0xdc00 + (rest & 0x3ff))
}
