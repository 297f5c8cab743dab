import { DataFormatError, InvalidInputError } from '@csx/wgsl-kernels';

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

const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]; // \x93NUMPY
/** Far above any header of a plain array, which has about 100 characters. */
const maxHeaderBytes = 4096;
const maxDimensions = 32;

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
  if (shape.length > maxDimensions || shape.some((size) => !Number.isSafeInteger(size) || size < 0)) {
    throw new InvalidInputError(`npy: shape [${shape.join(', ')}], expected at most ${maxDimensions} whole numbers`);
  }
  const count = shape.reduce((product, size) => product * size, 1);
  if (count !== data.length) {
    throw new InvalidInputError(`npy: data has ${data.length} values, shape [${shape.join(', ')}] needs ${count}`);
  }
  const tuple = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const dictionary = `{'descr': '${descriptors[dtype]}', 'fortran_order': False, 'shape': (${tuple}), }`;
  // Ten bytes come before it and a line feed behind; the values then start at a multiple of 64.
  const headerBytes = Math.ceil((dictionary.length + 11) / 64) * 64 - 10;
  const bytes = new Uint8Array(10 + headerBytes + data.byteLength);
  bytes.set([...magic, 1, 0, headerBytes & 255, headerBytes >> 8]);
  bytes.set(new TextEncoder().encode(`${dictionary.padEnd(headerBytes - 1)}\n`), 10);
  bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), 10 + headerBytes);
  return bytes;
}

/**
 * Reads numpy's `.npy`, versions 1 to 3. Sizes are checked against the bytes before anything is allocated.
 *
 * @param name named in errors.
 * @throws DataFormatError for another format, a type that we do not read, big-endian or column-major values,
 * or any number of bytes but the one that the shape needs.
 */
export function readNpy(bytes: Uint8Array, name: string): NpyArray {
  const { dtype, shape, valuesAt } = readNpyHeader(bytes, bytes.length, name);
  // Copied: typed arrays need their alignment, and `bytes` stays the caller's.
  const values = new Uint8Array(bytes.length - valuesAt);
  values.set(bytes.subarray(valuesAt));
  return { dtype, shape, data: new arrayTypes[dtype](values.buffer) };
}

/** What precedes the values of an array, and where they begin. */
export interface NpyHeader {
  readonly dtype: NpyType;
  readonly shape: readonly number[];
  readonly valuesAt: number;
}

/** Bytes of an `.npy` file that hold the largest header that we read. */
export const npyHeaderBytes = 12 + maxHeaderBytes;

/**
 * Reads the header of an `.npy` file of `fileBytes` from its first bytes (`npyHeaderBytes`, or all), and checks that the
 * rest is as long as the shape needs.
 *
 * @throws DataFormatError as `readNpy` does.
 */
export function readNpyHeader(bytes: Uint8Array, fileBytes: number, name: string): NpyHeader {
  const { text, valuesAt } = splitHeader(bytes, name);
  const { dtype, shape } = parseHeader(text, name);
  const count = shape.reduce((product, size) => product * size, 1);
  const wanted = count * arrayTypes[dtype].BYTES_PER_ELEMENT;
  if (fileBytes - valuesAt !== wanted) {
    throw new DataFormatError(
      `${name}: ${fileBytes - valuesAt} bytes of values, shape (${shape.join(', ')}) of ${dtype} needs ${wanted}`,
      {
        hint: 'The file was cut off or changed; write it again.',
      },
    );
  }
  return { dtype, shape, valuesAt };
}

function splitHeader(bytes: Uint8Array, name: string): { text: string; valuesAt: number } {
  if (bytes.length < 10 || magic.some((byte, i) => bytes[i] !== byte)) {
    throw new DataFormatError(`${name}: not an npy file (it does not start with \\x93NUMPY)`);
  }
  const version = bytes[6];
  if (version < 1 || version > 3) throw new DataFormatError(`${name}: npy version ${version}, expected 1 to 3`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = version === 1 ? 10 : 12;
  if (bytes.length < start) throw new DataFormatError(`${name}: ${bytes.length} bytes, cut off in the header`);
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > maxHeaderBytes)
    throw new DataFormatError(`${name}: a header of ${length} bytes, expected at most ${maxHeaderBytes}`);
  if (start + length > bytes.length) {
    throw new DataFormatError(`${name}: a header of ${length} bytes in a file of ${bytes.length}`, {
      hint: 'The file was cut off; write it again.',
    });
  }
  return { text: new TextDecoder().decode(bytes.subarray(start, start + length)), valuesAt: start + length };
}

/** The header is a Python dictionary of three entries, in any order. */
function parseHeader(text: string, name: string): { dtype: NpyType; shape: number[] } {
  const descriptor = /['"]descr['"]\s*:\s*['"]([^'"]*)['"]/.exec(text)?.[1];
  const order = /['"]fortran_order['"]\s*:\s*(True|False)/.exec(text)?.[1];
  const tuple = /['"]shape['"]\s*:\s*\(([\d,\s]*)\)/.exec(text)?.[1];
  if (descriptor === undefined || order === undefined || tuple === undefined) {
    throw new DataFormatError(
      `${name}: npy header ${JSON.stringify(text.trim().slice(0, 120))}, expected one type, fortran_order and shape`,
      {
        hint: 'Save a plain array, not one with named fields.',
      },
    );
  }
  const dtype = (Object.keys(descriptors) as NpyType[]).find((type) => descriptors[type] === descriptor);
  if (dtype === undefined) {
    throw new DataFormatError(
      `${name}: values of type '${descriptor}', expected one of ${Object.values(descriptors).join(' ')}`,
      {
        hint: "Convert it in numpy, such as with array.astype('<f4').",
      },
    );
  }
  const shape = tuple
    .split(',')
    .map((size) => size.trim())
    .filter((size) => size !== '')
    .map(Number);
  if (shape.length > maxDimensions)
    throw new DataFormatError(`${name}: ${shape.length} dimensions, expected at most ${maxDimensions}`);
  if (order === 'True' && shape.filter((size) => size > 1).length > 1) {
    throw new DataFormatError(`${name}: values in column-major (Fortran) order, expected row-major`, {
      hint: 'Save numpy.ascontiguousarray(array) instead.',
    });
  }
  return { dtype, shape };
}
