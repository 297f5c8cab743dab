import { DataFormatError } from '@csx/wgsl-kernels';

/**
 * The content of a JSON file.
 * @param name of the file, for the error.
 * @throws DataFormatError for anything else, such as a file that was cut short.
 */
export function parseJson(bytes: Uint8Array, name: string): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw new DataFormatError(`${name}: not JSON (${(cause as Error).message})`, { cause });
  }
}
