import { philox4x32Fill } from '../../philox.ts';
import { dropoutThreshold } from './elementwise.wgsl.ts';

/** max(x, 0). */
export function reluReference(input: ArrayLike<number>): Float64Array {
  return Float64Array.from(input, (x) => Math.max(x, 0));
}

/** The output's gradient where the output is positive, else 0. */
export function reluGradientReference(output: ArrayLike<number>, outputGradient: ArrayLike<number>): Float64Array {
  return Float64Array.from(outputGradient, (g, at) => (output[at] > 0 ? g : 0));
}

export function addReference(input: ArrayLike<number>, other: ArrayLike<number>): Float64Array {
  return Float64Array.from(input, (x, at) => x + other[at]);
}

/** What a dropout's random numbers are taken from. */
export interface DropoutRandom {
  /** Key of the generator, with `stream`; each a u32. */
  readonly seed: number;
  readonly stream: number;
  /** A u32 that changes from batch to batch. */
  readonly step: number;
}

/** Values whose random number is below the rate are dropped, others divided by 1 - rate, in float64. */
export function dropoutReference(input: ArrayLike<number>, rate: number, random: DropoutRandom): Float64Array {
  const output = new Float64Array(input.length);
  const words = new Uint32Array(4);
  for (let at = 0; at < input.length; at++) {
    if (at % 4 === 0) philox4x32Fill(words, [at / 4, random.step, 0, 0], [random.seed, random.stream]);
    output[at] = words[at % 4] >= dropoutThreshold(rate) ? input[at] / (1 - rate) : 0;
  }
  return output;
}
