import { writeNpz } from '../../src/files/npz.ts';
import { createStream } from '../../src/random/stream.ts';

const majorCount = 700;
const minorCount = 300;
const d = 67;

/**
 * Latents of two classes, drawn from Philox, with what makes adapters disagree: far from the origin, so that the usual
 * formula |a|^2 - 2ab + |b|^2 loses its digits; rows that occur twice; neighbours one rounding step apart; logits that
 * tie, that differ in the last bit, and that saturate the probability.
 */
export function drawLatents(seed: number): Uint8Array {
  const n = majorCount + minorCount;
  const stream = createStream(seed, 'testData');
  const latents = new Float32Array(n * d);
  for (let i = 0; i < latents.length; i++) latents[i] = 300 + stream.normal();
  const labels = new Uint32Array(n).fill(1, majorCount);
  const row = (i: number) => latents.subarray(i * d, (i + 1) * d);
  for (let i = 0; i < 60; i++) {
    const minor = majorCount + 2 * i;
    // A duplicate: the lower row must win.
    row(minor + 1).set(row(minor));
    // And a major row right beside both, one step off in one coordinate for half of them.
    row(i).set(row(minor));
    if (i % 2 === 0) row(i)[i % d] += 2 ** -15;
  }
  const logits = new Float32Array(n * 2);
  for (let i = 0; i < n; i++) {
    const margin = i % 3 === 0 ? 0.25 * stream.below(8) : i % 3 === 1 ? 30 + stream.below(400) : 2 * stream.normal();
    logits[2 * i] = 10 + margin;
    logits[2 * i + 1] = 10;
  }
  // Around the cut of the bottom 30 %: scores one step of f32 apart.
  for (let i = 0; i < 50; i++) logits[2 * (7 * i)] = 10 + 2 ** -20 * (i % 5);
  return writeNpz({
    latents: { dtype: 'float32', shape: [n, d], data: latents },
    labels: { dtype: 'uint32', shape: [n], data: labels },
    logits: { dtype: 'float32', shape: [n, 2], data: logits },
  });
}
