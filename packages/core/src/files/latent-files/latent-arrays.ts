import { writeNpyHeader } from '../npy.ts';
import type { StoredType } from '../stored-values.ts';
import type { LabelColumn, LabelType } from './label-column.ts';
import { labelValues } from './label-column.ts';
import type { LatentContent } from './latent-content.ts';

/** Rows of labels that are written at a time. */
const chunkRows = 2 ** 16;

const floatDescriptors: Readonly<Record<StoredType, string>> = {
  float16: '<f2',
  // As numpy writes the bfloat16 of ml_dtypes, of which it only knows the size.
  bfloat16: '<V2',
  float32: '<f4',
  float64: '<f8',
};

/** An array of a `.npz` file, or a file of its own. */
export interface PlannedArray {
  readonly name: string;
  /** Header and values. */
  readonly bytes: number;
  pieces(): Iterable<Uint8Array>;
}

/** The header of the latents' array. */
export function latentsHeader({ n, newCount, d, type }: LatentContent): Uint8Array {
  return writeNpyHeader(floatDescriptors[type], [n + newCount, d]);
}

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView) => new Uint8Array(buffer, byteOffset, byteLength);

function planned(name: string, descriptor: string, shape: readonly number[], values: ArrayBufferView): PlannedArray {
  const header = writeNpyHeader(descriptor, shape);
  return { name, bytes: header.length + values.byteLength, pieces: () => [header, bytesOf(values)] };
}

/** Text as numpy stores it: UCS-4, all as long as the longest. */
function textArray(name: string, shape: readonly number[], texts: readonly string[]): PlannedArray {
  const points = new Map(
    [...new Set(texts)].map((text) => [text, Uint32Array.from(text, (c) => c.codePointAt(0) ?? 0)]),
  );
  const width = Math.max(1, ...[...points.values()].map(({ length }) => length));
  const values = new Uint32Array(texts.length * width);
  texts.forEach((text, row) => {
    values.set(points.get(text) ?? [], row * width);
  });
  return planned(name, `<U${width}`, shape, values);
}

const integerDescriptors: Readonly<Record<Exclude<LabelType, 'string'>, string>> = {
  bool: '|b1',
  int8: '|i1',
  uint8: '|u1',
  int16: '<i2',
  uint16: '<u2',
  int32: '<i4',
  uint32: '<u4',
  int64: '<i8',
  uint64: '<u8',
};

/** The labels of all rows, as they were stored; text is written piece by piece, as it takes many bytes a row. */
export function labelsArray(name: string, labels: LabelColumn): PlannedArray {
  const { type, classNames, indices } = labels;
  const shape = [indices.length];
  if (type !== 'string') return planned(name, integerDescriptors[type], shape, labelValues(labels));
  const texts = classNames.map((text) => Uint32Array.from(text, (c) => c.codePointAt(0) ?? 0));
  const width = Math.max(1, ...texts.map(({ length }) => length));
  const header = writeNpyHeader(`<U${width}`, shape);
  return {
    name,
    bytes: header.length + 4 * width * indices.length,
    *pieces() {
      yield header;
      for (let first = 0; first < indices.length; first += chunkRows) {
        const part = indices.subarray(first, first + chunkRows);
        const values = new Uint32Array(part.length * width);
        part.forEach((index, row) => {
          values.set(texts[index], row * width);
        });
        yield bytesOf(values);
      }
    },
  };
}

/** What is known about the rows behind the given ones: a row of each array for each of them, and how they were made. */
export function provenanceArrays({ newCount, provenance, settings }: LatentContent): PlannedArray[] {
  const { parents, weights, methods } = provenance;
  return [
    planned('csx_parents', '<i8', [newCount, 2], BigInt64Array.from(parents, BigInt)),
    planned('csx_weights', '<f8', [newCount, 2], weights),
    textArray('csx_methods', [newCount], methods),
    textArray('csx_settings', [], [JSON.stringify(settings)]),
  ];
}
