import { DataFormatError, InvalidInputError } from '@csx/wgsl-kernels';
import { maxNpyDimensions, type NpyDescriptor, npyMagic, readNpyHeader } from './npy-header.ts';

/** The typed array that holds each type of values; booleans are bytes 0 and 1. */
const arrayTypes = {
  bool: Uint8Array,
  uint8: Uint8Array,
  int8: Int8Array,
  uint16: Uint16Array,
  int16: Int16Array,
  uint32: Uint32Array,
  int32: Int32Array,
  uint64: BigUint64Array,
  int64: BigInt64Array,
  float32: Float32Array,
  float64: Float64Array,
} as const;

/** Types of values that we read and write, by numpy's names. */
export type NpyType = keyof typeof arrayTypes;
export type NpyValues = InstanceType<(typeof arrayTypes)[NpyType]>;

/** An array of any number of dimensions, row-major; none for a single value. */
export interface NpyArray {
  readonly dtype: NpyType;
  readonly shape: readonly number[];
  readonly data: NpyValues;
}

const descriptors: Readonly<Record<NpyType, string>> = {
  bool: '|b1',
  uint8: '|u1',
  int8: '|i1',
  uint16: '<u2',
  int16: '<i2',
  uint32: '<u4',
  int32: '<i4',
  uint64: '<u8',
  int64: '<i8',
  float32: '<f4',
  float64: '<f8',
};

/**
 * Writes an array as numpy's `.npy` (version 1.0, little-endian, row-major), for `numpy.load`.
 * Format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 *
 * @throws InvalidInputError where shape, type and data do not fit together.
 */
export function writeNpy(array: NpyArray): Uint8Array {
  const { dtype, shape, data } = array;
  if (!(data instanceof arrayTypes[dtype])) {
    throw new InvalidInputError(
      `npy: data is a ${data.constructor.name}, expected ${arrayTypes[dtype].name} for ${dtype}`,
    );
  }
  const header = writeNpyHeader(descriptors[dtype], shape);
  const count = shape.reduce((product, size) => product * size, 1);
  if (count !== data.length) {
    throw new InvalidInputError(`npy: data has ${data.length} values, shape [${shape.join(', ')}] needs ${count}`);
  }
  const bytes = new Uint8Array(header.length + data.byteLength);
  bytes.set(header);
  bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), header.length);
  return bytes;
}

/**
 * What precedes the values of a row-major array in an `.npy` file: they follow at a multiple of 64 bytes.
 *
 * @param descriptor the values' type as numpy writes it, such as `<f4`.
 * @throws InvalidInputError for a shape of anything but whole numbers.
 */
export function writeNpyHeader(descriptor: string, shape: readonly number[]): Uint8Array {
  if (shape.length > maxNpyDimensions || shape.some((size) => !Number.isSafeInteger(size) || size < 0)) {
    throw new InvalidInputError(`npy: shape [${shape.join(', ')}], expected at most ${maxNpyDimensions} whole numbers`);
  }
  const tuple = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const dictionary = `{'descr': '${descriptor}', 'fortran_order': False, 'shape': (${tuple}), }`;
  // Ten bytes come before it and a line feed behind.
  const headerBytes = Math.ceil((dictionary.length + 11) / 64) * 64 - 10;
  return new Uint8Array([
    ...npyMagic,
    1,
    0,
    headerBytes & 255,
    headerBytes >> 8,
    ...new TextEncoder().encode(`${dictionary.padEnd(headerBytes - 1)}\n`),
  ]);
}

/**
 * Reads numpy's `.npy`, versions 1 to 3. Sizes are checked against the bytes before anything is allocated.
 *
 * @param name named in errors.
 * @throws DataFormatError for another format, a type that we do not read, big-endian or column-major values,
 * or any number of bytes but the one that the shape needs.
 */
export function readNpy(bytes: Uint8Array, name: string): NpyArray {
  const { descriptor, fortranOrder, shape, valuesAt } = readNpyHeader(bytes, bytes.length, name);
  const dtype = plainType(descriptor, name);
  if (fortranOrder && shape.filter((size) => size > 1).length > 1) {
    throw new DataFormatError(`${name}: values in column-major (Fortran) order, expected row-major`, {
      hint: 'Save numpy.ascontiguousarray(array) instead.',
    });
  }
  // Copied: typed arrays need their alignment, and `bytes` stays the caller's.
  const values = new Uint8Array(bytes.length - valuesAt);
  values.set(bytes.subarray(valuesAt));
  return { dtype, shape, data: new arrayTypes[dtype](values.buffer) };
}

function plainType({ text }: NpyDescriptor, name: string): NpyType {
  const dtype = (Object.keys(descriptors) as NpyType[]).find((type) => descriptors[type] === text);
  if (dtype !== undefined) return dtype;
  throw new DataFormatError(
    `${name}: values of type '${text}', expected one of ${Object.values(descriptors).join(' ')}`,
    { hint: "Convert it in numpy, such as with array.astype('<f4')." },
  );
}
