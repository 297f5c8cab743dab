import { DataFormatError } from '@csx/wgsl-kernels';

/** How labels are stored: text, or integers of a width. */
export type LabelType =
  | 'string'
  | 'bool'
  | 'int8'
  | 'int16'
  | 'int32'
  | 'int64'
  | 'uint8'
  | 'uint16'
  | 'uint32'
  | 'uint64';

/** The labels of all rows. */
export interface LabelColumn {
  readonly type: LabelType;
  /** In order: integers by value, text by its code points, as `numpy.unique` orders them. */
  readonly classNames: readonly string[];
  /** [n] class indices */
  readonly indices: Uint32Array;
}

/** More are row numbers or measurements, not classes. */
const maxClasses = 65_536;

const compareText = (a: string, b: string) => {
  // By code points, as numpy and Python do; by UTF-16 units surrogates would come before the last of the basic plane.
  const [left, right] = [Array.from(a), Array.from(b)];
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const difference = (left[i].codePointAt(0) ?? 0) - (right[i].codePointAt(0) ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
};

const compareIntegers = (a: string, b: string) => {
  const difference = BigInt(a) - BigInt(b);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
};

/** Collects labels row by row. */
export function createLabelBuilder(where: string) {
  let indices = new Uint32Array(1024);
  const found = new Map<string | number | bigint, number>();
  let count = 0;
  return {
    /** The label of the next row. */
    add(label: string | number | bigint): void {
      let index = found.get(label);
      if (index === undefined) {
        index = found.size;
        if (index === maxClasses)
          throw new DataFormatError(`${where}: more than ${maxClasses} different labels, expected classes`, {
            hint: 'Choose another array or column with --labels.',
          });
        found.set(label, index);
      }
      if (count === indices.length) {
        const longer = new Uint32Array(2 * count);
        longer.set(indices);
        indices = longer;
      }
      indices[count++] = index;
    },
    count: () => count,
    /** Integers in canonical decimals, where all labels are. */
    areIntegers: () => [...found.keys()].every((label) => typeof label !== 'string' || isInteger(label)),
    finish(type: LabelType): LabelColumn {
      const names = [...found.keys()].map(String);
      const classNames = names.toSorted(type === 'string' ? compareText : compareIntegers);
      const place = new Map(classNames.map((name, at) => [name, at]));
      const order = Uint32Array.from(names, (name) => place.get(name) ?? 0);
      return { type, classNames, indices: Uint32Array.from(indices.subarray(0, count), (index) => order[index]) };
    },
  };
}

const isInteger = (text: string) =>
  /^(0|-?[1-9]\d{0,18})$/.test(text) && BigInt.asIntN(64, BigInt(text)) === BigInt(text);

/** Rows of each class: [c]. */
export function labelCounts({ classNames, indices }: LabelColumn): Uint32Array {
  const counts = new Uint32Array(classNames.length);
  for (const index of indices) counts[index] += 1;
  return counts;
}

const integerArrays = {
  bool: Uint8Array,
  uint8: Uint8Array,
  int8: Int8Array,
  uint16: Uint16Array,
  int16: Int16Array,
  uint32: Uint32Array,
  int32: Int32Array,
} as const;

/** Labels of integers as the typed array of their width. */
export function labelValues({ type, classNames, indices }: LabelColumn): ArrayBufferView {
  if (type === 'int64' || type === 'uint64') {
    const values = type === 'int64' ? BigInt64Array.from(classNames, BigInt) : BigUint64Array.from(classNames, BigInt);
    const all = type === 'int64' ? new BigInt64Array(indices.length) : new BigUint64Array(indices.length);
    for (let row = 0; row < indices.length; row++) all[row] = values[indices[row]];
    return all;
  }
  const values = classNames.map(Number);
  const all = new integerArrays[type as keyof typeof integerArrays](indices.length);
  for (let row = 0; row < indices.length; row++) all[row] = values[indices[row]];
  return all;
}
