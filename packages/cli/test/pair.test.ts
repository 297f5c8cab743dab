import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createStream, type Matrix, type NpyArray, readNpz, writeNpz } from '@csx/core';
import { nearestReference } from '@csx/wgsl-kernels';
import { beforeAll, describe, expect, it } from 'vitest';
import { csx, temporaryDirectory } from './support/csx.ts';

function drawn(n: number, d: number, seed: number): Matrix {
  const stream = createStream(seed, 'testData');
  return { data: Float32Array.from({ length: n * d }, () => stream.normal()), n, d };
}

const arrayOf = ({ data, n, d }: Matrix): NpyArray => ({
  dtype: 'float32',
  shape: [n, d],
  data: data as Float32Array<ArrayBuffer>,
});
/** The only array of a stored archive, as the .npy file that lies in it. */
function npyOf(matrix: Matrix): Uint8Array {
  const archive = writeNpz({ x: arrayOf(matrix) });
  const header = new DataView(archive.buffer);
  const start = 30 + header.getUint16(26, true) + header.getUint16(28, true);
  return archive.subarray(start, start + header.getUint32(18, true));
}

const query = drawn(300, 6, 1);
const base = drawn(200, 6, 2);
let directory: string;
beforeAll(() => {
  directory = temporaryDirectory();
  writeFileSync(join(directory, 'query.npy'), npyOf(query));
  writeFileSync(join(directory, 'base.npz'), writeNpz({ labels: arrayOf(drawn(3, 1, 3)), latents: arrayOf(base) }));
});
const pair = (...words: string[]) => csx(['pair', ...words], { directory });

describe('csx pair', () => {
  it.each(['cpu', 'gpu'])(
    'writes the nearest rows, in blocks that fit into little memory, on the %s',
    async (device) => {
      const out = `${device}.npz`;
      const words = ['query.npy', 'base.npz:latents', '-o', out, '--k', '3', '--memory', '48KiB', '--device', device];
      const { code, stdout, stderr } = await csx(['pair', ...words], {
        directory,
        environment: { CSX_ADAPTER: device === 'gpu' ? 'software' : undefined },
      });
      expect(code, stderr).toBe(0);
      expect(stdout).toMatch(new RegExp(`^${out.replace('.', '\\.')} {2}300 rows, k = 3, in [\\d.]+ s\n$`));
      expect(stderr).toContain(
        device === 'gpu' ? ', as named; a software adapter' : '300 x 200 rows of 6 on the CPU, as asked for',
      );
      const found = readNpz(readFileSync(join(directory, out)), out);
      const expected = nearestReference(query, base, 3, 'l2');
      expect(found.get('indices')).toEqual({ dtype: 'uint32', shape: [300, 3], data: expected.indices });
      expect(found.get('distances')).toEqual({ dtype: 'float32', shape: [300, 3], data: expected.distances });
    },
  );

  it('--json prints what was done; an existing file is only replaced with --force', async () => {
    const words = ['query.npy', 'query.npy', '-o', 'same.npz', '--metric', 'cosine', '--device', 'cpu', '--json'];
    const { code, stdout } = await pair(...words);
    expect(code).toBe(0);
    const facts = { out: 'same.npz', n: 300, m: 300, d: 6, k: 1, metric: 'cosine', recomputedCount: 0 };
    expect(JSON.parse(stdout)).toMatchObject({ ...facts, device: { kind: 'cpu' }, seconds: expect.any(Number) });
    const before = readFileSync(join(directory, 'same.npz'));
    const again = await pair('query.npy', 'base.npz:latents', '-o', 'same.npz', '--device', 'cpu');
    expect(again).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('error: csx pair: same.npz is there already\nhint: choose another --out'),
    });
    expect(readFileSync(join(directory, 'same.npz'))).toEqual(before);
    expect((await pair('query.npy', 'base.npz:latents', '-o', 'same.npz', '--device', 'cpu', '--force')).code).toBe(0);
    expect(readFileSync(join(directory, 'same.npz'))).not.toEqual(before);
  });

  it('is within its memory on the CPU, beside what the runtime and ONNX Runtime take anyway', async () => {
    const large = temporaryDirectory();
    // Many short rows: a block of the base has more of them than anything, and so has a call.
    for (const [name, n, d] of [
      ['few', 2000, 128],
      ['query', 12_000, 8],
      ['base', 60_000, 8],
    ] as const)
      writeFileSync(join(large, `${name}.npy`), npyOf(drawn(n, d, n)));
    const peakBytes = async (...files: string[]) => {
      const print = "process.on('exit',()=>console.error('peak '+process.resourceUsage().maxRSS))";
      const { code, stderr } = await csx(
        ['pair', ...files, '-o', 'out.npz', '--force', '--memory', '40MiB', '--device', 'cpu'],
        {
          directory: large,
          environment: { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(print)}` },
        },
      );
      expect(code, stderr).toBe(0);
      return 1024 * Number(/^peak (\d+)$/m.exec(stderr)?.[1]);
    };
    // So many multiplications that ONNX Runtime is loaded, too.
    const least = await peakBytes('few.npy', 'few.npy');
    const rise = (await peakBytes('query.npy', 'base.npy')) - least;
    expect(rise).toBeGreaterThan(0);
    expect(rise).toBeLessThan(40 * 2 ** 20);
  });

  it('ends with 130 on a Ctrl-C, and writes nothing', async () => {
    const large = temporaryDirectory();
    writeFileSync(join(large, 'large.npy'), npyOf(drawn(30_000, 32, 4)));
    const { code, stderr } = await csx(['pair', 'large.npy', 'large.npy', '-o', 'out.npz', '--device', 'cpu'], {
      directory: large,
      onStderr: (text, child) => text.includes('pair: ') && child.kill('SIGINT'),
    });
    expect([code, stderr]).toEqual([130, expect.stringContaining('interrupted; nothing was written')]);
    expect(readdirSync(large)).toEqual(['large.npy']);
  });
});

describe('what csx pair refuses', () => {
  const files = ['query.npy', 'base.npz:latents'];
  const out = ['-o', 'refused.npz', '--device', 'cpu'];
  it.each<[string, string[], number, string]>([
    ['no output', files, 2, '--out is missing'],
    ['an output that is no npz', [...files, '-o', 'x.npy'], 2, '--out is x.npy, expected the name of an .npz file'],
    ['an output in no directory', [...files, '-o', 'no/x.npz'], 1, 'no/x.npz: its directory is not there'],
    ['one file', ['query.npy', ...out], 2, 'BASE is missing'],
    ['memory that is none', [...files, ...out, '--memory', 'much'], 2, '--memory: got "much"'],
    ['too little memory', [...files, ...out, '--memory', '5KiB'], 2, 'memoryBytes is 4480, expected at least'],
    ['other columns', ['query.npy', 'base.npz:labels', ...out], 2, 'query.npy has 6 columns, base.npz:labels has 1'],
    ['more neighbors than rows', ['base.npz:labels', 'base.npz:labels', '--k', '4', ...out], 2, 'base has 3 rows'],
    ['an array not chosen', ['query.npy', 'base.npz', ...out], 4, 'holds labels, latents, and none was chosen'],
    ['a file that is not there', ['none.npy', 'query.npy', ...out], 4, 'there is no such file'],
  ])('%s', async (_, words, exitCode, message) => {
    const before = readdirSync(directory);
    const { code, stdout, stderr } = await pair(...words);
    expect(stderr).toContain(message);
    expect([code, stdout]).toEqual([exitCode, '']);
    expect(readdirSync(directory)).toEqual(before);
  });

  it('a row with NaN, by its number', async () => {
    const bad = { ...query, data: query.data.slice() };
    bad.data[250 * 6 + 1] = Number.NaN;
    writeFileSync(join(directory, 'bad.npy'), npyOf(bad));
    const { code, stderr } = await pair('query.npy', 'bad.npy', ...out, '--memory', '48KiB');
    expect(stderr).toContain('bad.npy: row 250 holds NaN in column 1');
    expect(code).toBe(2);
  });
});
