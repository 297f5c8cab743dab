import { DataFormatError, sha256Hex } from '@csx/wgsl-kernels';
import { z } from 'zod';
import type { Split } from './image-set.ts';
import type { LabelledParts } from './split.ts';

const rowsByClass = z.record(z.string(), z.array(z.number().int().min(0).max(0xffffffff)));
const splitSchema = z.strictObject({ train: rowsByClass, heldOut: rowsByClass, test: rowsByClass });

/**
 * A split as JSON: the rows of every part by class name, for records and for other programs, and the sha256 of that text.
 * Rows count from 0 in the data set's train part (`train`, `heldOut`) and test part (`test`).
 */
export async function splitToJson(
  split: Split,
  dataset: LabelledParts,
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

/**
 * Reads what `splitToJson` wrote, or another program in the same form, for the data set that it is of.
 *
 * @param fileName named in errors.
 * @throws DataFormatError for other JSON, classes that are not the data set's, or rows that do not exist, are
 * of another class, not ascending, or both trained on and held out.
 */
export function splitFromJson(text: string, dataset: LabelledParts, fileName: string): Split {
  const parts = parseSplit(text, fileName);
  const { classNames } = dataset;
  const rowsOf = (part: keyof typeof parts, labels: Uint8Array): Uint32Array[] => {
    const given = Object.keys(parts[part]);
    if (given.length !== classNames.length || classNames.some((name) => !Object.hasOwn(parts[part], name))) {
      throw new DataFormatError(
        `${fileName}: ${part} has the classes ${given.join(', ')}, expected ${classNames.join(', ')}`,
      );
    }
    return classNames.map((name, index) => {
      const rows = parts[part][name];
      const wrong = rows.findIndex((row, i) => labels[row] !== index || (i > 0 && row <= rows[i - 1]));
      if (wrong !== -1) {
        throw new DataFormatError(
          `${fileName}: row ${rows[wrong]} of ${part}, ${name}, is not an image of that class, or not above the row before it`,
          { hint: 'A split goes only with the data set that it was made from.' },
        );
      }
      return Uint32Array.from(rows);
    });
  };
  const train = rowsOf('train', dataset.train.labels);
  const heldOut = rowsOf('heldOut', dataset.train.labels);
  const test = rowsOf('test', dataset.test.labels);
  const trained = new Set(train.flatMap((rows) => [...rows]));
  const both = heldOut.flatMap((rows) => [...rows]).find((row) => trained.has(row));
  if (both !== undefined) throw new DataFormatError(`${fileName}: row ${both} is both trained on and held out`);
  return {
    train: join(train),
    heldOut: join(heldOut),
    test: join(test),
    classCounts: Uint32Array.from(train, (rows) => rows.length),
  };
}

const join = (parts: readonly Uint32Array[]): Uint32Array => Uint32Array.from(parts.flatMap((rows) => [...rows]));

function parseSplit(text: string, fileName: string): z.output<typeof splitSchema> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new DataFormatError(`${fileName}: not JSON (${cause instanceof Error ? cause.message : cause})`, { cause });
  }
  const parsed = splitSchema.safeParse(json);
  if (!parsed.success) {
    throw new DataFormatError(`${fileName}: ${z.prettifyError(parsed.error)}`, { cause: parsed.error });
  }
  return parsed.data;
}
