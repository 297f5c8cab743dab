import type { TrainBatch, TrainStepOptions } from '../engine.ts';

/**
 * What each row of a batch is to become and how much it counts. Rows are the images and then the latents; rows that
 * no latent fills count nothing.
 */
export class RowTargets {
  /** [rows, c]: the smoothed label as a distribution; zeros in rows that are not filled. */
  readonly labels: Float32Array;
  /** [rows]: w_r / sum of all w; zeros where the sum is 0. */
  readonly shares: Float32Array;
  readonly #classCount: number;
  readonly #smoothing: number;
  readonly #classWeights: Float32Array | undefined;

  constructor(options: TrainStepOptions, classCount: number) {
    const rowCount = options.batchSize + (options.latentBatchSize ?? 0);
    this.labels = new Float32Array(rowCount * classCount);
    this.shares = new Float32Array(rowCount);
    this.#classCount = classCount;
    this.#smoothing = options.labelSmoothing ?? 0;
    this.#classWeights = options.classWeights;
  }

  set(images: TrainBatch['labels'], latents: Uint32Array): void {
    const c = this.#classCount;
    const spread = this.#smoothing / c;
    const own = 1 - this.#smoothing + spread;
    this.labels.fill(0);
    this.shares.fill(0);
    let total = 0;
    const put = (label: number, row: number) => {
      if (spread > 0) this.labels.fill(spread, row * c, (row + 1) * c);
      this.labels[row * c + label] = own;
      const weight = this.#classWeights?.[label] ?? 1;
      this.shares[row] = weight;
      total += weight;
    };
    images.forEach((label: number, row: number) => put(label, row));
    latents.forEach((label, i) => put(label, images.length + i));
    if (total === 0) return;
    for (let row = 0; row < images.length + latents.length; row++) this.shares[row] /= total;
  }
}
