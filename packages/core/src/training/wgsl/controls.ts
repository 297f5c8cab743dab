import { aligned } from './arena.ts';
import { batchNames } from './schedule-backward.ts';

/** Bytes of a uniform binding. */
const entryBytes = 16;

export const controlNames = {
  slot: batchNames.slot,
  learningRate: 'batch:learning rate',
  gradientFactors: 'batch:gradient factors',
  totalsFactors: 'batch:totals factors',
  augmentKey: 'batch:augment key',
} as const;

/** The numbers that change from step to step, each a uniform binding of its own in one buffer that is written at once. */
export class Controls {
  readonly names: readonly string[];
  readonly data: Uint32Array<ArrayBuffer>;
  readonly #floats: Float32Array;

  /** @param more further entries of up to four numbers */
  constructor(more: readonly string[]) {
    this.names = [...Object.values(controlNames), ...more];
    this.data = new Uint32Array((this.names.length * aligned(entryBytes)) / 4);
    this.#floats = new Float32Array(this.data.buffer);
  }

  /** Byte offset of an entry. */
  offsetOf(name: string): number {
    return this.names.indexOf(name) * aligned(entryBytes);
  }

  setWords(name: string, words: readonly number[]): void {
    this.data.set(words, this.offsetOf(name) / 4);
  }

  setFloats(name: string, values: readonly number[]): void {
    this.#floats.set(values, this.offsetOf(name) / 4);
  }
}
