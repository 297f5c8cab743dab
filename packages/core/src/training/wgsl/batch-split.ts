import { InvalidOptionError } from '@csx/wgsl-kernels';
import type { TrainBatch, TrainStepOptions } from '../engine.ts';

/** Throws InvalidOptionError unless a batch can be split as asked for. */
export function checkSplit({ batchSize, latentBatchSize = 0, microBatches = 1 }: TrainStepOptions): void {
  const divides = batchSize % microBatches === 0 && latentBatchSize % microBatches === 0;
  if (Number.isSafeInteger(microBatches) && microBatches >= 1 && divides) return;
  throw new InvalidOptionError(
    `training step: microBatches is ${microBatches}, expected a whole number that divides batchSize ${batchSize} and latentBatchSize ${latentBatchSize}`,
  );
}

/** The options of one part of a batch. */
export function partOptions(options: TrainStepOptions): TrainStepOptions {
  const { batchSize, latentBatchSize = 0, microBatches = 1 } = options;
  return { ...options, batchSize: batchSize / microBatches, latentBatchSize: latentBatchSize / microBatches };
}

/** Batches in equal parts. */
export class BatchSplit {
  readonly partCount: number;
  /** Images, and the most latents, of a part. */
  readonly batchSize: number;
  readonly latentBatchSize: number;
  readonly #latentSize: number;
  readonly #classWeights: Float32Array | undefined;

  constructor(options: TrainStepOptions, latentSize: number) {
    const part = partOptions(options);
    this.partCount = options.microBatches ?? 1;
    this.batchSize = part.batchSize;
    this.latentBatchSize = part.latentBatchSize ?? 0;
    this.#latentSize = latentSize;
    this.#classWeights = options.classWeights;
  }

  partOf(batch: TrainBatch, part: number): TrainBatch {
    if (this.partCount === 1) return batch;
    const { inputs, labels, latents } = batch;
    const share = <T extends Float32Array | Uint8Array | Uint32Array>(array: T): T => {
      const length = array.length / this.partCount;
      return array.subarray(part * length, (part + 1) * length) as T;
    };
    const { latents: _, ...rest } = batch;
    const begin = part * this.latentBatchSize;
    const end = begin + this.latentBatchSize;
    return {
      ...rest,
      inputs:
        inputs instanceof Float32Array
          ? share(inputs)
          : { ...inputs, pixels: share(inputs.pixels), rows: share(inputs.rows) },
      labels: share(labels),
      ...(latents && {
        latents: {
          data: latents.data.subarray(begin * this.#latentSize, end * this.#latentSize),
          labels: latents.labels.subarray(begin, end),
        },
      }),
    };
  }

  /** What each part counts in the mean loss of a batch. */
  sharesOf(batch: TrainBatch): readonly number[] {
    if (this.partCount === 1) return [1];
    const weights = Array.from({ length: this.partCount }, (_, part) => {
      const { labels, latents } = this.partOf(batch, part);
      return [...labels, ...(latents?.labels ?? [])].reduce(
        (sum, label) => sum + (this.#classWeights?.[label] ?? 1),
        0,
      );
    });
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return weights.map((weight) => (total === 0 ? 0 : weight / total));
  }
}
