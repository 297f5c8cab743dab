import { InvalidInputError } from '@csx/wgsl-kernels';
import type { LabelledLatents } from './engine.ts';

const label = 'classifier head';

/** Parts of `now` that are the first parts of `before`. */
export function keptPartCount(before: readonly LabelledLatents[], now: readonly LabelledLatents[]): number {
  const changed = now.findIndex(
    ({ latents, labels }, at) => before[at]?.latents.data !== latents.data || before[at]?.labels !== labels,
  );
  return changed < 0 ? now.length : changed;
}

/** Rows of all parts. Throws InvalidInputError unless they have shape and classes of the head, and fill a batch. */
export function requireLatents(
  parts: readonly LabelledLatents[],
  { d, classCount, batchSize }: { readonly d: number; readonly classCount: number; readonly batchSize: number },
): number {
  for (const [at, { latents, labels }] of parts.entries()) {
    if (latents.d !== d || latents.data.length !== latents.n * d || labels.length !== latents.n) {
      throw new InvalidInputError(
        `${label}: part ${at} has ${latents.data.length} values and ${labels.length} labels for ${latents.n} x ${latents.d}, expected d = ${d}, and a label for each row`,
      );
    }
    const wrong = labels.findIndex((own) => own >= classCount);
    if (wrong >= 0) {
      throw new InvalidInputError(
        `${label}: label of row ${wrong} of part ${at} is ${labels[wrong]}, expected below ${classCount}`,
      );
    }
  }
  const n = parts.reduce((sum, { latents }) => sum + latents.n, 0);
  if (n < batchSize)
    throw new InvalidInputError(`${label}: got ${n} latents, expected at least a batch of ${batchSize}`);
  return n;
}

/** Throws InvalidInputError unless there are latents, and the order names as many rows of them. */
export function requireOrder(order: Uint32Array, n: number): void {
  if (n === 0) throw new InvalidInputError(`${label}: trainEpoch() before setLatents()`);
  if (order.length !== n) throw new InvalidInputError(`${label}: order has ${order.length} rows, expected n = ${n}`);
  const wrong = order.findIndex((row) => row >= n);
  if (wrong >= 0)
    throw new InvalidInputError(`${label}: order[${wrong}] is ${order[wrong]}, expected less than n = ${n}`);
}
