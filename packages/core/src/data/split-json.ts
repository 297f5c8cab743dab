import type { Split } from './image-set.ts';
import { sha256Hex } from './verify-bytes.ts';

/**
 * A split as JSON: the rows of every part by class name, for records and for other programs, and the sha256 of that text.
 * Rows count from 0 in the data set's train part (`train`, `heldOut`) and test part (`test`).
 */
export async function splitToJson(
  split: Split,
  dataset: {
    readonly classNames: readonly string[];
    readonly train: { readonly labels: Uint8Array };
    readonly test: { readonly labels: Uint8Array };
  },
): Promise<{ readonly json: string; readonly hash: string }> {
  const byClass = (rows: Uint32Array, labels: Uint8Array) =>
    Object.fromEntries(
      dataset.classNames.map((name, k) => [name, Array.from(rows).filter((row) => labels[row] === k)]),
    );
  const json = `${JSON.stringify({
    train: byClass(split.train, dataset.train.labels),
    heldOut: byClass(split.heldOut, dataset.train.labels),
    test: byClass(split.test, dataset.test.labels),
  })}\n`;
  return { json, hash: await sha256Hex(new TextEncoder().encode(json)) };
}
