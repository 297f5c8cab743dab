import type { Session } from '../../session/session.ts';
import type { Recorder } from '../../session/step.ts';
import { uniformData } from '../uniform-data.ts';
import { addCarriesWgsl, type ExclusiveScanShape, scanBlocksWgsl } from './exclusive-scan.wgsl.ts';

/** Values that one workgroup scans, in each layout: sums of 4096 counts need two levels up to 2^24 counts. */
export const scanBlock = 4096;

/** Reckoned for GPUs; measured on lavapipe, where a barrier costs more than what one thread adds up meanwhile. */
export const scanShapes = {
  gpu: { lanes: 256, valuesPerLane: scanBlock / 256 },
  software: { lanes: 8, valuesPerLane: scanBlock / 8 },
} as const satisfies Record<string, ExclusiveScanShape>;

/** The compiled kernel. */
export interface PreparedExclusiveScan {
  /**
   * Records the sums before each of `count` u32 values, in place but for what `carries` (returned) holds: the sum before
   * value `at` is `values[at] + carries[at / block]`. Whoever reads the sums adds the two, which saves a pass over them.
   */
  encode(recorder: Recorder, values: GPUBuffer, count: number): { carries: GPUBuffer; carryCount: number };
  /** Values under one carry, a power of two. */
  readonly block: number;
}

function sourcesOf(shape: ExclusiveScanShape) {
  const label = (what: string) => `exclusive-scan: ${what}, ${shape.lanes} lanes`;
  return {
    blocks: { label: label('blocks'), code: scanBlocksWgsl(shape) },
    add: { label: label('add'), code: addCarriesWgsl(shape) },
  };
}

/** What identifies the kernel's variants in records. */
export const exclusiveScanSources = Object.values(scanShapes).flatMap((shape) => Object.values(sourcesOf(shape)));

/**
 * Sums before each value, over any number of workgroups: blocks are scanned each by itself, then their totals, in as
 * many levels as it takes. No workgroup waits for another, so nothing is assumed of how they are scheduled.
 */
export async function prepareExclusiveScan(
  session: Session,
  shape: ExclusiveScanShape = session.isSoftware ? scanShapes.software : scanShapes.gpu,
): Promise<PreparedExclusiveScan> {
  const block = shape.lanes * shape.valuesPerLane;
  const sources = sourcesOf(shape);
  const [blocks, add] = await Promise.all([session.pipeline(sources.blocks), session.pipeline(sources.add)]);

  function scanBlocks(recorder: Recorder, values: GPUBuffer, count: number) {
    const workgroups = Math.ceil(count / block);
    const totals = { buffer: recorder.temporary(workgroups * 4, 'exclusive-scan: totals'), size: workgroups * 4 };
    const params = { buffer: recorder.uniform(uniformData([count]), 'exclusive-scan: count') };
    const bindings = [params, { buffer: values, size: count * 4 }];
    recorder.dispatch({
      label: sources.blocks.label,
      pipeline: blocks,
      bindings: [...bindings, totals],
      workgroups,
    });
    return { totals, totalCount: workgroups, params };
  }

  /** As `encode`, but wholly in place. */
  function scanInPlace(recorder: Recorder, values: GPUBuffer, count: number): void {
    const { totals, totalCount, params } = scanBlocks(recorder, values, count);
    if (totalCount === 1) return;
    scanInPlace(recorder, totals.buffer, totalCount);
    recorder.dispatch({
      label: sources.add.label,
      pipeline: add,
      bindings: [params, { buffer: values, size: count * 4 }, totals],
      workgroups: totalCount,
    });
  }

  return {
    block,
    encode(recorder, values, count) {
      const { totals, totalCount } = scanBlocks(recorder, values, count);
      scanInPlace(recorder, totals.buffer, totalCount);
      return { carries: totals.buffer, carryCount: totalCount };
    },
  };
}
