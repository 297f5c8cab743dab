import { DataFormatError } from '@csx/wgsl-kernels';
import { type FileSlice, readSlice } from './file-slice.ts';
import { type NpyDescriptor, type NpyHeader, npyHeaderBytes, readNpyHeader } from './npy-header.ts';
import { matrixOfSlice, type StoredMatrix } from './stored-matrix.ts';
import type { StoredType } from './stored-values.ts';

/** Reads the header of an array in numpy's format that fills a slice. */
export async function openNpy(slice: FileSlice): Promise<NpyHeader> {
  return readNpyHeader(await readSlice(slice, 0, Math.min(slice.bytes, npyHeaderBytes)), slice.bytes, slice.name);
}

/** The values behind a header. */
export function npyValues(slice: FileSlice, { valuesAt }: NpyHeader): FileSlice {
  return { ...slice, start: slice.start + valuesAt, bytes: slice.bytes - valuesAt };
}

/** Raw values of two bytes are bfloat16: numpy has no such type, and saves that of ml_dtypes so. */
export function floatTypeOf({ kind, bytes }: NpyDescriptor): StoredType | undefined {
  if (kind === 'V' && bytes === 2) return 'bfloat16';
  if (kind !== 'f') return undefined;
  return ({ 2: 'float16', 4: 'float32', 8: 'float64' } as const)[bytes];
}

/**
 * An array in numpy's format as a matrix of latents, whatever its byte order and whether rows or columns follow each
 * other.
 *
 * @throws DataFormatError for anything but rows and columns of float16, bfloat16, float32 or float64.
 */
export function npyMatrix(slice: FileSlice, header: NpyHeader): StoredMatrix {
  const { descriptor, shape, fortranOrder } = header;
  const type = floatTypeOf(descriptor);
  if (shape.length !== 2 || shape[1] === 0 || type === undefined)
    throw new DataFormatError(
      `${slice.name}: an array of '${descriptor.text}', shape (${shape.join(', ')}), expected rows and columns of float16, float32, float64 or bfloat16`,
      { hint: "Save a matrix, such as with array.astype('<f4').reshape(rows, columns) in numpy." },
    );
  const [n, d] = shape;
  return matrixOfSlice(npyValues(slice, header), {
    n,
    d,
    type,
    bigEndian: descriptor.bigEndian,
    columnMajor: fortranOrder && n > 1 && d > 1,
  });
}
