import { describe, expect, it } from 'vitest';
import { madeUpLatents } from '../../test/support/made-up-latents.ts';
import { matrixRows } from '../out-of-core/row-source.ts';
import { scanRows } from '../out-of-core/scan-rows.ts';
import { headBias, headKernel } from './graph/model-graph.ts';
import { linearLogits } from './linear-logits.ts';
import { fitLinearProbe } from './linear-probe.ts';
import { createOnnxEngine } from './onnx/onnx-engine.ts';

const made = madeUpLatents([900, 600, 300], 12, 4);
const { labels, classCount } = made;
const { n, d } = made.latents;
// Columns of other scales, far from zero, and one that is always the same.
const data = made.latents.data.map((value, at) => {
  const column = at % d;
  if (column === 3) return 7;
  return column === 1 ? 1000 + 50 * value : value / 100;
});
const latents = { data, n, d };
const source = matrixRows(latents, 'latents');

async function probe(seed: number) {
  const engine = await createOnnxEngine({ threads: 1 });
  const scan = await scanRows(source, labels, classCount);
  return fitLinearProbe({ source, labels, classCount, scan, seed }, engine);
}

describe('a linear probe', () => {
  it('tells classes apart, of whatever scale their columns are', async () => {
    const { kernel, bias, loss } = await probe(1);
    const logits = linearLogits(
      latents,
      new Map([
        [headKernel, kernel],
        [headBias, bias],
      ]),
    );
    let correct = 0;
    for (let row = 0; row < n; row++) {
      const own = logits.data.subarray(row * classCount, (row + 1) * classCount);
      if (own.indexOf(Math.max(...own)) === labels[row]) correct++;
    }
    expect(correct / n).toBeGreaterThan(0.95);
    expect(loss).toBeLessThan(0.3);
    // A column that never changes tells nothing.
    expect([...kernel.subarray(3 * classCount, 4 * classCount)]).toEqual([0, 0, 0]);
  });

  it('is the same for the same seed', async () => {
    const first = await probe(1);
    expect(await probe(1)).toEqual(first);
    expect((await probe(2)).kernel).not.toEqual(first.kernel);
  });

  it('refuses to be fitted to nothing', async () => {
    const empty = matrixRows({ data: new Float32Array(0), n: 0, d: 2 }, 'empty.npz');
    const scan = { means: new Float64Array(2), deviations: new Float64Array(2) };
    const input = { source: empty, labels: new Uint32Array(0), classCount: 2, scan, seed: 0 };
    await expect(fitLinearProbe(input, await createOnnxEngine({ threads: 1 }))).rejects.toThrow('empty.npz: no row');
  });
});
