import { promisify } from 'node:util';
import { gunzip as nodeGunzip } from 'node:zlib';
import { DataFormatError } from '@csx/wgsl-kernels';

const gunzipAsync = promisify(nodeGunzip);

/**
 * Most bytes that any of our gzipped files unpacks to: the tar of CIFAR-10 has 184 million. A bomb stops here.
 */
const maxOutputLength = 256 * 2 ** 20;

/** Unpacks gzip. @throws DataFormatError naming the file. */
export async function gunzip(bytes: Uint8Array, fileName: string): Promise<Uint8Array> {
  try {
    return await gunzipAsync(bytes, { maxOutputLength });
  } catch (cause) {
    throw new DataFormatError(`${fileName}: not whole gzip data (${(cause as Error).message})`, {
      hint: 'The file was cut off or is corrupt; fetch it again.',
      cause,
    });
  }
}
