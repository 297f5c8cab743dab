import { describe, expect, it } from 'vitest';
import { readZip, readZipDirectory } from './zip.ts';
import { createZipStream } from './zip-stream.ts';

/** What a stream writes, in memory. */
async function zipped(files: readonly [name: string, bytes: number, pieces: readonly Uint8Array[]][]) {
  let all = new Uint8Array(0);
  const zip = createZipStream(async (bytes, at) => {
    const longer = new Uint8Array(Math.max(all.length, at + bytes.length));
    longer.set(all);
    longer.set(bytes, at);
    all = longer;
  });
  for (const [name, bytes, pieces] of files) await zip.add(name, bytes, pieces);
  await zip.finish();
  return all;
}

const letters = Uint8Array.from({ length: 300 }, (_, at) => at);

describe('a zip written in pieces', () => {
  it('is read with its CRC-32, whatever the pieces', async () => {
    const whole = await zipped([
      ['a.npy', 300, [letters]],
      ['é.npy', 0, []],
    ]);
    const pieces = await zipped([
      ['a.npy', 300, [letters.subarray(0, 7), letters.subarray(7)]],
      ['é.npy', 0, []],
    ]);
    expect(pieces).toEqual(whole);
    expect([...readZip(whole, 'x.zip', 1000)]).toEqual([
      ['a.npy', letters],
      ['é.npy', new Uint8Array(0)],
    ]);
  });

  it('has zip64 fields for sizes of 4 GiB and more', async () => {
    // Only the directory is read: the bytes themselves are not there.
    const bytes = await zipped([
      ['large.npy', 2 ** 32 + 5, [letters]],
      ['small.npy', 300, [letters]],
    ]);
    const sizes = readZipDirectory(bytes, 0, 'x.zip').map((entry) => [entry.name, entry.bytes, entry.packedBytes]);
    expect(sizes).toEqual([
      ['large.npy', 2 ** 32 + 5, 2 ** 32 + 5],
      ['small.npy', 300, 300],
    ]);
  });
});
