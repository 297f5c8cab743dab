import { InvariantError, type Matrix } from '@csx/wgsl-kernels';
import type { KeptMatrix, LatentOps } from '../latent-ops/latent-ops.ts';
import { type RowSource, readRows } from './row-source.ts';

/** Rows of the base from `first` on, where the operations compute. */
export interface LoadedBlock {
  readonly first: number;
  readonly matrix: Matrix;
}

interface Slot {
  readonly index: number;
  readonly space: Float32Array;
  readonly kept: Promise<KeptMatrix>;
}

/** A base in blocks, of which at most two are in memory: one to compute with, and one that is being read and sent. */
export function createBaseBlocks(ops: LatentOps, base: RowSource, blockRows: number) {
  const { n, d } = base;
  const count = Math.ceil(n / blockRows);
  const spaces: Float32Array[] = Array.from({ length: Math.min(2, count) }, () => new Float32Array(blockRows * d));
  const slots: Slot[] = [];
  const slotOf = (index: number): Slot => {
    const slot = slots.find((other) => other.index === index);
    if (slot === undefined) throw new InvariantError(`nearest in blocks: base block ${index} was not requested`);
    return slot;
  };
  return {
    count,
    /** Begins to read block `index`; what goes wrong is told by `take`. */
    request(index: number): void {
      const space = spaces.pop();
      if (space === undefined) throw new InvariantError('nearest in blocks: a third base block was requested');
      const first = index * blockRows;
      const kept = readRows(base, first, Math.min(blockRows, n - first), space).then((matrix) => ops.keep(matrix));
      kept.catch(() => undefined);
      slots.push({ index, space, kept });
    },
    async take(index: number): Promise<LoadedBlock> {
      const { matrix } = await slotOf(index).kept;
      return { first: index * blockRows, matrix };
    },
    release(index: number): void {
      const slot = slotOf(index);
      slots.splice(slots.indexOf(slot), 1);
      spaces.push(slot.space);
      void slot.kept.then((kept) => kept.release());
    },
    /** Gives back what is still there, after a failure too. */
    async dispose(): Promise<void> {
      for (const { kept } of slots.splice(0)) await kept.then((matrix) => matrix.release()).catch(() => undefined);
    },
  };
}
