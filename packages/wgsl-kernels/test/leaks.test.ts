import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { expect, it } from 'vitest';
import { createNearest, nearestReference, type PoolStats } from '../src/index.ts';
import { makeMatrix } from './support/cases.ts';
import { collectGarbage } from './support/collect-garbage.ts';
import { testSession } from './support/device.ts';

type Measure = { pool: PoolStats; residentBytes: number };

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

it('garbage collections before, during and after runs change nothing', async () => {
  const session = await testSession();
  const nearest = createNearest(session);
  const query = makeMatrix(50, 16, 1);
  const base = makeMatrix(80, 16, 2);
  const expected = nearestReference(query, base, 3, 'squared-l2');
  for (let at = 0; at < 12; at++) {
    const pending = nearest.run({ query, base, k: 3, metric: 'squared-l2' });
    await collectGarbage();
    expect((await pending).indices).toEqual(expected.indices);
  }
});

it('thousands of runs leave live bytes, pooled bytes and process memory where they were', {
  timeout: 300_000,
}, async () => {
  // Node 20 does not run TypeScript.
  const outfile = here('../../../node_modules/.cache/csx/leak-child.mjs');
  await build({
    entryPoints: [here('support/leak-child.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    external: ['webgpu'],
    logLevel: 'silent',
  });
  const { stdout } = await promisify(execFile)(process.execPath, [outfile]);
  const measures = JSON.parse(stdout) as Measure[];
  const { pooledBytes, createdCount } = measures[0].pool;
  for (const { pool } of measures)
    expect(pool).toMatchObject({ liveBytes: 0, liveCount: 0, pooledBytes, createdCount });
  // 1000 runs make 3000 dispatches: one page of 4 KiB lost by each would be 12 MiB in every thousand. Allocators and the
  // driver's threads grow in bursts, of up to 11 MiB seen, so a thousand is taken by itself and the calmest one counts.
  const growths = measures.slice(1).map(({ residentBytes }, at) => residentBytes - measures[at].residentBytes);
  expect(Math.min(...growths)).toBeLessThan(8 * 2 ** 20);
});
