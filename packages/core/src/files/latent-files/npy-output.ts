import type { AtomicFiles } from '../atomic-file.ts';
import { createZipStream } from '../zip-stream.ts';
import { labelsArray, latentsHeader, provenanceArrays } from './latent-arrays.ts';
import type { LatentContent, LatentRows } from './latent-content.ts';
import { npyLabelsPath } from './npy-latents.ts';
import { storedPieces } from './stored-pieces.ts';

/** Latents, labels and provenance: `x.npy`, `x-labels.npy`, `x-provenance.npz`. */
export const npyOutputPaths = (path: string) => [path, npyLabelsPath(path), path.replace(/\.npy$/, '-provenance.npz')];

/** Writes the `.npy` files of latents and labels, and an `.npz` file about the rows behind the given ones. */
export async function writeNpyLatents(files: AtomicFiles, content: LatentContent, rows: LatentRows): Promise<void> {
  let at = 0;
  for await (const piece of storedPieces(content, rows, latentsHeader(content))) {
    await files.write(0, piece, at);
    at += piece.length;
  }
  at = 0;
  for (const piece of labelsArray('labels', content.labels).pieces()) {
    await files.write(1, piece, at);
    at += piece.length;
  }
  const zip = createZipStream((bytes, place) => files.write(2, bytes, place));
  for (const { name, bytes, pieces } of provenanceArrays(content)) await zip.add(`${name}.npy`, bytes, pieces());
  await zip.finish();
}
