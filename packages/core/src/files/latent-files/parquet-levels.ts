import { DataFormatError } from '@csx/wgsl-kernels';

/**
 * Repetition or definition levels of a page: runs of equal levels and groups of eight, packed (the hybrid of parquet). Of
 * one byte each, where the library makes arrays of numbers, which takes longer than everything else about a page.
 *
 * @param width bits of a level, 1 to 8.
 * @throws DataFormatError where there are fewer.
 */
export function readLevels(bytes: Uint8Array, width: number, count: number, where: string): Uint8Array {
  const levels = new Uint8Array(count);
  const damaged = () => new DataFormatError(`${where}: the levels of a page are damaged`);
  let at = 0;
  for (let filled = 0; filled < count; ) {
    let head = 0;
    for (let shift = 0, byte = 128; byte >= 128; shift += 7) {
      if (at >= bytes.length || shift > 28) throw damaged();
      byte = bytes[at++];
      head += (byte & 127) * 2 ** shift;
    }
    const length = Math.floor(head / 2);
    if (length === 0) throw damaged();
    if (head % 2 === 0) {
      if (at >= bytes.length) throw damaged();
      const end = Math.min(count, filled + length);
      levels.fill(bytes[at++], filled, end);
      filled = end;
      continue;
    }
    // `width` bytes hold eight levels, the first in the lowest bits.
    for (let bit = 8 * at, last = 8 * (at + length * width); bit < last && filled < count; bit += width) {
      const byte = bit >> 3;
      if (byte >= bytes.length) throw damaged();
      const both = bytes[byte] | ((bytes[byte + 1] ?? 0) << 8);
      levels[filled++] = (both >> (bit & 7)) & ((1 << width) - 1);
    }
    at += length * width;
  }
  return levels;
}
