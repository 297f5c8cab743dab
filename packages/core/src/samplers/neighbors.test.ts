import type { Matrix } from '@csx/wgsl-kernels';
import { afterAll, describe, expect, it } from 'vitest';
import { createCpuLatentOps } from '../latent-ops/cpu-latent-ops.ts';
import { countEnemies, findNeighbors } from './neighbors.ts';

const ops = createCpuLatentOps();
afterAll(() => ops.dispose());

const line = (...values: number[]): Matrix => ({ data: Float32Array.from(values), n: values.length, d: 1 });
const rows = (...values: number[]) => Uint32Array.from(values);

describe('findNeighbors', () => {
  it('finds neighbors among the rows given, as rows of all', async () => {
    const found = await findNeighbors(line(0, 100, 1, 101, 3, 7), rows(2, 5), rows(0, 2, 4, 5), 2, ops);
    expect(found).toEqual({ k: 2, indices: rows(0, 4, 4, 2) });
  });

  it('leaves out the row itself, not its duplicates', async () => {
    expect(await findNeighbors(line(5, 5, 5, 9), rows(1), 'all', 2, ops)).toEqual({ k: 2, indices: rows(0, 2) });
    // The row is not among its own two nearest.
    expect(await findNeighbors(line(5, 5, 5, 9), rows(2), 'all', 1, ops)).toEqual({ k: 1, indices: rows(0) });
  });

  it('takes all there are where k is more', async () => {
    expect(await findNeighbors(line(0, 4, 1), rows(0), 'all', 9, ops)).toEqual({ k: 2, indices: rows(2, 1) });
    expect(await findNeighbors(line(0, 4, 1), rows(0), rows(1, 2), 9, ops)).toEqual({ k: 2, indices: rows(2, 1) });
  });

  it('finds none for the only row, and nothing for no rows', async () => {
    expect(await findNeighbors(line(0, 4), rows(1), rows(1), 3, ops)).toEqual({ k: 0, indices: rows() });
    expect(await findNeighbors(line(0, 4), rows(), 'all', 1, ops)).toEqual({ k: 1, indices: rows() });
  });
});

it('countEnemies counts neighbors of another label', () => {
  const labels = rows(1, 1, 2, 3);
  expect(countEnemies({ k: 2, indices: rows(1, 2, 2, 3, 0, 1) }, labels, 1)).toEqual(rows(1, 2, 0));
  expect(countEnemies({ k: 0, indices: rows() }, labels, 1)).toEqual(rows());
});
