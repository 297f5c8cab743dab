import { InvalidOptionError, type Matrix } from '@csx/wgsl-kernels';
import type { LatentOps } from '../latent-ops/latent-ops.ts';
import { rowsByClass } from '../method/class-rows.ts';
import { someRows } from '../out-of-core/gather-rows.ts';
import { nearestInBlocks, type SearchProgress } from '../out-of-core/nearest-in-blocks.ts';
import { createStream } from '../random/stream.ts';
import type { SampleInBlocksInput, SearchNearest } from './blocks-input.ts';
import { extrapolateInBlocks } from './extrapolation-in-blocks.ts';
import { withoutSelf } from './neighbors.ts';
import { repeatRows } from './random-oversampling.ts';
import type { SamplerName } from './resample-options.ts';
import { type SampledRows, type SamplingTask, samplingDraws } from './sampler.ts';
import { drawSegments } from './smote.ts';

export interface SampleInBlocksOptions {
  /** For latents and neighbors at a time, of host and device together. */
  readonly memoryBytes: number;
  /** What is searched, before it is. */
  readonly onSearch?: ((what: string) => void) | undefined;
  readonly onProgress?: ((progress: SearchProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Samplers whose rows need not be in memory: those that search neighbors within a class or between two, or none. */
export const samplersInBlocks: readonly SamplerName[] = ['random-oversampling', 'smote', 'extrapolation'];

/**
 * Decides which rows each class gets, as `fitResample` does and with the same result, where the latents need not fit into
 * memory: rows are read in blocks, and what stays in memory is some dozen bytes a row.
 *
 * @returns for each class that gets rows, by label, its parts
 * @throws {InvalidOptionError} a sampler that needs all rows in memory, or too little memory for blocks of a row.
 */
export async function sampleInBlocks(
  input: SampleInBlocksInput,
  ops: LatentOps,
  options: SampleInBlocksOptions,
): Promise<readonly (readonly SampledRows[])[]> {
  const { source, labels, classCount, plan } = input;
  const { options: own, counts } = plan;
  const classRows = rowsByClass(labels, classCount);
  const nearest: SearchNearest = (query, base, k, what) => {
    options.onSearch?.(what);
    const { memoryBytes, onProgress, signal } = options;
    return nearestInBlocks(ops, someRows(source, query, source.name), someRows(source, base, source.name), {
      k,
      memoryBytes,
      ...(onProgress && { onProgress }),
      ...(signal && { signal }),
    });
  };
  if (own.sampler === 'extrapolation') return extrapolateInBlocks({ ...input, classRows, options: own }, ops, nearest);
  if (own.sampler !== 'random-oversampling' && own.sampler !== 'smote')
    throw new InvalidOptionError(`resample: ${own.sampler} needs all rows in memory`, {
      hint: `Methods for files larger than memory: ${samplersInBlocks.join(', ')}.`,
    });
  const parts: (readonly SampledRows[])[] = [];
  for (const { label, newCount } of counts) {
    if (newCount === 0) continue;
    const rows = classRows[label];
    const stream: SamplingTask['stream'] = (draw) => createStream(own.seed, 'resampling', label, samplingDraws[draw]);
    const task = { label, rows, newCount, stream };
    if (own.sampler === 'random-oversampling' || rows.length === 1) {
      parts.push([repeatRows(task)]);
      continue;
    }
    const k = Math.min(own.k, rows.length - 1);
    const found = await nearest(rows, rows, k + 1, `neighbors within class ${label}`);
    const indices = withoutSelf(found.indices, k, (at) => at).map((place) => rows[place]);
    parts.push([{ ...drawSegments(task, rows, { k, indices }, newCount), method: 'smote' }]);
  }
  return parts;
}

/** Bytes that a sampler needs which has all rows in memory: rows, a copy where neighbors are searched, and the result. */
export function bytesInMemory({ n, d }: Pick<Matrix, 'n' | 'd'>, newCount: number): number {
  return 4 * d * (3 * n + newCount) + 64 * (n + newCount);
}
