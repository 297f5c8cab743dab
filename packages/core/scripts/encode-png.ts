import { deflateSync } from 'node:zlib';

/**
 * Writes RGB pixels as a PNG with the smallest of the five filters for each line (least sum of absolute
 * differences, the PNG specification's own advice). fast-png's encoder filters nothing, which makes
 * photographs a third larger.
 *
 * @param pixels [height, width, 3]
 */
export function encodeRgbPng(pixels: Uint8Array, width: number, height: number): Uint8Array {
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set([8, 2, 0, 0, 0], 8); // 8 bits, RGB, deflate, adaptive filters, not interlaced
  const data = deflateSync(filterLines(pixels, width * 3, height), { level: 9, memLevel: 9 });
  return Buffer.concat([
    Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
    chunk('IHDR', header),
    chunk('IDAT', data),
    chunk('IEND', new Uint8Array(0)),
  ]);
}

/** What each filter predicts from the pixel to the left, above, and above left. */
const predictors: readonly ((left: number, up: number, upLeft: number) => number)[] = [
  () => 0,
  (left) => left,
  (_, up) => up,
  (left, up) => (left + up) >> 1,
  (left, up, upLeft) => {
    const guess = left + up - upLeft;
    const [toLeft, toUp, toUpLeft] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - upLeft)];
    if (toLeft <= toUp && toLeft <= toUpLeft) return left;
    return toUp <= toUpLeft ? up : upLeft;
  },
];

function filterLines(pixels: Uint8Array, stride: number, height: number): Uint8Array {
  const out = new Uint8Array(height * (stride + 1));
  const candidate = new Uint8Array(stride);
  for (let y = 0; y < height; y++) {
    const line = pixels.subarray(y * stride, (y + 1) * stride);
    const above = y === 0 ? new Uint8Array(stride) : pixels.subarray((y - 1) * stride, y * stride);
    let least = Number.POSITIVE_INFINITY;
    for (const [filter, predict] of predictors.entries()) {
      let sum = 0;
      for (let x = 0; x < stride; x++) {
        const left = x < 3 ? 0 : line[x - 3];
        const upLeft = x < 3 ? 0 : above[x - 3];
        candidate[x] = line[x] - predict(left, above[x], upLeft);
        sum += Math.min(candidate[x], 256 - candidate[x]);
      }
      if (sum >= least) continue;
      least = sum;
      out[y * (stride + 1)] = filter;
      out.set(candidate, y * (stride + 1) + 1);
    }
  }
  return out;
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(12 + data.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  bytes.set(new TextEncoder().encode(type), 4);
  bytes.set(data, 8);
  view.setUint32(8 + data.length, crc32(bytes.subarray(4, 8 + data.length)));
  return bytes;
}

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}
