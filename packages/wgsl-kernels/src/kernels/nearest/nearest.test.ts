import { beforeAll, describe, expect, it } from 'vitest';
import { makeMatrix } from '../../../test/support/cases.ts';
import { testSession } from '../../../test/support/device.ts';
import type { Session } from '../../index.ts';
import { createNearest } from './nearest.ts';
import { nearestReference } from './nearest.reference.ts';
describe('nearest', () => {
  let session: Session;
  beforeAll(async () => { session = await testSession(); });
  it('speed', async () => {
    const nearest = createNearest(session);
    for (const [n, m, d] of [[100,200,64],[1000,1000,512],[3000,1000,512]]) {
      const query = makeMatrix(n, d, 1), base = makeMatrix(m, d, 2);
      for (const [metric,k] of [['squared-l2',1],['cosine',1],['squared-l2',5]] as const) {
        let t = performance.now();
        const got = await nearest.run({ query, base, k, metric });
        const gpu = performance.now() - t; t = performance.now();
        const want = nearestReference(query, base, k, metric);
        console.log(n,m,d,metric,k, gpu.toFixed(0), 'ms; ref', (performance.now()-t).toFixed(0), 'recomputed', got.recomputedCount, (2*n*m*d/gpu/1e6).toFixed(2),'GFLOP/s');
        expect(got.indices).toEqual(want.indices);
        expect(got.distances).toEqual(want.distances);
      }
    }
  });
});
