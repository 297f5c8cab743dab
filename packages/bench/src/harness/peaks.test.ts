import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import type { CaseResult, Peak } from '../record.ts';
import { startWorker } from '../worker/start-worker.ts';
import { measurePeaks } from './measure-peaks.ts';
import { withPeakShares } from './peak-share.ts';
import { arithmeticProbes, copyProbes, hostCopyProbe, matmulProbe } from './probes.ts';
import { createRunner } from './runner.ts';

it('knows what comes out of a probe whose work is all done', () => {
  // Lane l of chain i: i + l + 4096; two chains.
  expect([...arithmeticProbes(true)[0].expected().subarray(0, 5)]).toEqual([8193, 8195, 8197, 8199, 8193]);
  expect(arithmeticProbes(true)[0].work).toBe(2 * 8 * 4096 * 2048);
  const limits = { maxStorageBufferBindingSize: 2 ** 27 + 5, maxBufferSize: 2 ** 30 };
  const copy = copyProbes({ isSoftware: false, limits });
  expect(copy[0].work).toBe(2 * 2 ** 27);
  expect([...copy[0].expected().subarray(1022, 1026)]).toEqual([1022, 1023, 97_146, 97_147]);
  expect([...matmulProbe(3).expected().subarray(0, 3)]).toEqual(
    // Rows [-2, 1, -1], [0, -2, 1], [2, 0, -2] times themselves: the first.
    [-2 * -2 + 1 * 0 + -1 * 2, -2 * 1 + 1 * -2 + -1 * 0, -2 * -1 + 1 * 1 + -1 * -2],
  );
  expect([...hostCopyProbe(800, 2).expected()]).toEqual([1, 2]);
});

it('gives a peak without a speed where the results are wrong, with the reason', async () => {
  const fake = fileURLToPath(new URL('../../test/fixtures/fake-peer.mjs', import.meta.url));
  const start = () => startWorker({ command: process.execPath, args: [fake, 'right'] });
  const [peak] = await measurePeaks({
    adapter: undefined,
    cpu: { name: 'a processor', start },
    adapterName: '',
    threads: 2,
    progress: () => undefined,
  });
  expect(peak).toMatchObject({ device: 'cpu', name: 'a processor', gflopPerSecond: null, gbytePerSecond: null });
  expect(peak.how).toContain('matmul (size 2048): a probe gave a wrong result');
});

it('holds each candidate against its own device', () => {
  const peaks: Peak[] = [
    { device: 'adapter', name: 'a', gflopPerSecond: 100, gbytePerSecond: null, how: '' },
    { device: 'cpu', name: 'c', gflopPerSecond: 20, gbytePerSecond: 10, how: '' },
  ];
  const candidates = (['csx-gpu', 'csx-cpu', 'torch-cuda'] as const).map((name) => ({
    ...createRunner(name).result,
    gflopPerSecond: 5,
    gbytePerSecond: 4,
  }));
  const shares = withPeakShares({ candidates } as unknown as CaseResult, peaks).candidates.map(
    ({ peakShare }) => peakShare,
  );
  expect(shares).toEqual([{ arithmetic: 0.05, bandwidth: null }, { arithmetic: 0.25, bandwidth: 0.4 }, null]);
});
