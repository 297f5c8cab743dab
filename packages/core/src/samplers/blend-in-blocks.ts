import { distinctRows, gatherSourceRows } from '../out-of-core/gather-rows.ts';
import type { RowSource } from '../out-of-core/row-source.ts';
import type { Provenance } from './row-provenance.ts';

/** The rows that provenance tells of, `w0 * parent0 + w1 * parent1` in float64 and rounded once, block by block, of at most `memoryBytes`. */
export async function* blendInBlocks(
  source: RowSource,
  { parents, weights }: Pick<Provenance, 'parents' | 'weights'>,
  memoryBytes: number,
  signal?: AbortSignal,
): AsyncGenerator<Float32Array> {
  const { d } = source;
  const count = parents.length / 2;
  // Two parents, and the row.
  const most = Math.max(1, Math.min(count, Math.floor(memoryBytes / (12 * d))));
  for (let first = 0; first < count; first += most) {
    signal?.throwIfAborted();
    const rows = parents.subarray(2 * first, 2 * (first + most));
    const { distinct, places } = distinctRows(rows);
    const values = new Float32Array(distinct.length * d);
    await gatherSourceRows(source, distinct, values);
    const made = new Float32Array((rows.length / 2) * d);
    for (let row = 0; row < rows.length / 2; row++) {
      const [a, b] = [places[2 * row] * d, places[2 * row + 1] * d];
      const [wa, wb] = [weights[2 * (first + row)], weights[2 * (first + row) + 1]];
      for (let j = 0; j < d; j++) made[row * d + j] = wa * values[a + j] + wb * values[b + j];
    }
    yield made;
  }
}
