import { DataFormatError } from '@csx/wgsl-kernels';

/** Type of an array's values as numpy writes it, such as `<f4`. */
export interface NpyDescriptor {
  readonly text: string;
  readonly bigEndian: boolean;
  /** b boolean, i u integers, f floats, U UCS-4 text, S bytes, V raw bytes, O Python objects. */
  readonly kind: string;
  /** Bytes of a value. */
  readonly bytes: number;
}

/** What precedes the values of an array, and where they begin. */
export interface NpyHeader {
  readonly descriptor: NpyDescriptor;
  readonly fortranOrder: boolean;
  readonly shape: readonly number[];
  readonly valuesAt: number;
}

export const npyMagic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]; // \x93NUMPY
/** Far above any header of a plain array, which has about 100 characters. */
const maxHeaderBytes = 4096;
export const maxNpyDimensions = 32;
/** Bytes of an `.npy` file that hold the largest header that we read. */
export const npyHeaderBytes = 12 + maxHeaderBytes;

/**
 * Reads the header of an `.npy` file of `fileBytes` from its first bytes (`npyHeaderBytes`, or all), and checks that the
 * rest is as long as the shape needs: nothing is allocated for values that are not there.
 *
 * @throws DataFormatError for another format, Python objects, and any number of bytes but the one that the shape needs.
 */
export function readNpyHeader(bytes: Uint8Array, fileBytes: number, name: string): NpyHeader {
  const { text, valuesAt } = splitHeader(bytes, name);
  const { descriptor, fortranOrder, shape } = parseHeader(text, name);
  const count = shape.reduce((product, size) => product * size, 1);
  const wanted = count * descriptor.bytes;
  if (fileBytes - valuesAt !== wanted)
    throw new DataFormatError(
      `${name}: ${fileBytes - valuesAt} bytes of values, shape (${shape.join(', ')}) of '${descriptor.text}' needs ${wanted}`,
      { hint: 'The file was cut off or changed; write it again.' },
    );
  return { descriptor, fortranOrder, shape, valuesAt };
}

function splitHeader(bytes: Uint8Array, name: string): { text: string; valuesAt: number } {
  if (bytes.length < 10 || npyMagic.some((byte, i) => bytes[i] !== byte)) {
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
function parseHeader(text: string, name: string): Omit<NpyHeader, 'valuesAt'> {
  const type = /['"]descr['"]\s*:\s*['"]([^'"]*)['"]/.exec(text)?.[1];
  const order = /['"]fortran_order['"]\s*:\s*(True|False)/.exec(text)?.[1];
  const tuple = /['"]shape['"]\s*:\s*\(([\d,\s]*)\)/.exec(text)?.[1];
  if (type === undefined || order === undefined || tuple === undefined) {
    throw new DataFormatError(
      `${name}: npy header ${JSON.stringify(text.trim().slice(0, 120))}, expected one type, fortran_order and shape`,
      { hint: 'Save a plain array, not one with named fields.' },
    );
  }
  const shape = tuple
    .split(',')
    .map((size) => size.trim())
    .filter((size) => size !== '')
    .map(Number);
  if (shape.length > maxNpyDimensions)
    throw new DataFormatError(`${name}: ${shape.length} dimensions, expected at most ${maxNpyDimensions}`);
  return { descriptor: parseDescriptor(type, name), fortranOrder: order === 'True', shape };
}

function parseDescriptor(text: string, name: string): NpyDescriptor {
  const [, order, kind, size] = /^([<>|=]?)([a-zA-Z])(\d{0,9})$/.exec(text) ?? [];
  if (kind === 'O')
    throw new DataFormatError(`${name}: holds Python objects (a pickle), which are not read`, {
      hint: "Save plain values, such as array.astype('<f4') for latents and array.astype('U') for class names.",
    });
  if (kind === undefined || size === '')
    throw new DataFormatError(`${name}: values of type '${text}', expected a plain type such as '<f4'`);
  return { text, bigEndian: order === '>', kind, bytes: Number(size) * (kind === 'U' ? 4 : 1) };
}
