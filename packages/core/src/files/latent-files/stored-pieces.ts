import { InvariantError } from '@csx/wgsl-kernels';
import { encodeStored, storedBytes } from '../stored-values.ts';
import { type LatentContent, type LatentRows, latentBytes } from './latent-content.ts';

/** All rows as they are stored, the given ones first. */
export async function* storedPieces(
  content: LatentContent,
  { given, behind }: LatentRows,
  header?: Uint8Array,
): AsyncGenerator<Uint8Array> {
  const { type } = content;
  if (header) yield header;
  let bytes = 0;
  for await (const piece of given) {
    bytes += piece.length;
    yield piece;
  }
  for await (const values of behind) {
    const piece = new Uint8Array(values.length * storedBytes[type]);
    encodeStored(type, values, piece);
    bytes += piece.length;
    yield piece;
  }
  // Headers were written for so many.
  if (bytes !== latentBytes(content))
    throw new InvariantError(`latents: wrote ${bytes} bytes of rows, expected ${latentBytes(content)}`);
}
