import { DataFormatError, InvalidInputError } from '@csx/wgsl-kernels';
import { type NpyArray, readNpy, writeNpy } from './npy.ts';
import { readZip, writeZip } from './zip.ts';

export interface NpzWriteOptions {
  /** Deflate the arrays, as `numpy.savez_compressed` does. Only stored when left out, as `numpy.savez`. */
  readonly compress?: boolean;
}

export interface NpzReadOptions {
  /** Most bytes that the arrays may have, unpacked; 2 GiB when left out. */
  readonly maxBytes?: number;
}

/**
 * Writes named arrays as numpy's `.npz`, for `numpy.load`. The same arrays give the same bytes.
 *
 * @throws InvalidInputError for an array whose shape, type and data do not fit, or an empty name.
 */
export function writeNpz(arrays: Readonly<Record<string, NpyArray>>, options: NpzWriteOptions = {}): Uint8Array {
  const files = Object.entries(arrays).map(([name, array]) => {
    if (name === '' || /[\\/\0]/.test(name))
      throw new InvalidInputError(`npz: name ${JSON.stringify(name)}, expected some letters and no slash`);
    return [`${name}.npy`, writeNpy(array)] as const;
  });
  return writeZip(Object.fromEntries(files), options.compress ?? false);
}

/**
 * Reads numpy's `.npz`, stored or deflated. CRC-32 and sizes are checked, and bounded before they are allocated.
 *
 * @param name names the file in errors.
 * @throws DataFormatError for a cut off, corrupt or too large archive, or an array that `readNpy` refuses.
 */
export function readNpz(bytes: Uint8Array, name: string, options: NpzReadOptions = {}): Map<string, NpyArray> {
  const arrays = new Map<string, NpyArray>();
  for (const [file, content] of readZip(bytes, name, options.maxBytes ?? 2 ** 31)) {
    if (!file.endsWith('.npy')) throw new DataFormatError(`${name}: holds ${file}, expected .npy files`);
    arrays.set(file.slice(0, -'.npy'.length), readNpy(content, `${name}: ${file}`));
  }
  return arrays;
}
