import { DataFormatError, sha256Hex } from '@csx/wgsl-kernels';

/** What a file is known by. */
export interface ExpectedFile {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

/**
 * Checks the size, then the sha256, of a file's bytes.
 *
 * @returns the sha256.
 * @throws DataFormatError naming the file, what was got and what was expected.
 */
export async function requireFile(bytes: Uint8Array, file: ExpectedFile): Promise<string> {
  if (bytes.length !== file.bytes) {
    throw new DataFormatError(`${file.name}: ${bytes.length} bytes, expected ${file.bytes}`, {
      hint:
        bytes.length < file.bytes
          ? 'The file was cut off; fetch it again.'
          : 'This is another file than the one expected; fetch it again.',
    });
  }
  const got = await sha256Hex(bytes);
  if (got !== file.sha256) {
    throw new DataFormatError(`${file.name}: sha256 ${got}, expected ${file.sha256}`, {
      hint: 'The file is corrupt or was changed; remove it and fetch it again.',
    });
  }
  return got;
}
