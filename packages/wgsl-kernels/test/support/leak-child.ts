import { createClassMeans, createNearest, createPairwiseDistance } from '../../src/index.ts';
import { makeMatrix } from './cases.ts';
import { collectGarbage } from './collect-garbage.ts';
import { testSession } from './device.ts';

// Runs in a process of its own: a test runner's own growth would hide a leak, or look like one.
const session = await testSession();
const query = makeMatrix(50, 16, 1);
const base = makeMatrix(80, 16, 2);
const labels = Uint32Array.from({ length: query.n }, (_, at) => at % 3);
const nearest = createNearest(session);
const pairwiseDistance = createPairwiseDistance(session);
const classMeans = createClassMeans(session);
const kernels: readonly (() => Promise<unknown>)[] = [
  () => nearest.run({ query, base, k: 1, metric: 'l2' }),
  () => pairwiseDistance.run({ a: query, b: base, metric: 'cosine' }),
  () => classMeans.run({ latents: query, labels, classCount: 3 }),
];

async function measureAfter(runs: number) {
  for (let at = 0; at < runs; at++) await kernels[at % kernels.length]();
  await collectGarbage();
  return { pool: session.pool.stats(), residentBytes: process.memoryUsage.rss() };
}

// The first runs compile, fill the pool, and let the caches of the driver and of the engine grow.
const measures = [await measureAfter(1500)];
for (let window = 0; window < 3; window++) measures.push(await measureAfter(1000));
process.stdout.write(JSON.stringify(measures));
process.exit(0);
