import type { AtomicFiles } from '../atomic-file.ts';
import { createZipStream } from '../zip-stream.ts';
import { labelsArray, latentsHeader, provenanceArrays } from './latent-arrays.ts';
import { type LatentContent, type LatentRows, latentBytes } from './latent-content.ts';
import { storedPieces } from './stored-pieces.ts';

/** Writes an `.npz` file: latents, labels, and `csx_` arrays about the rows behind the given ones. */
export async function writeNpzLatents(files: AtomicFiles, content: LatentContent, rows: LatentRows): Promise<void> {
  const zip = createZipStream((bytes, at) => files.write(0, bytes, at));
  for (const { name, bytes, pieces } of [
    labelsArray(content.names.labels, content.labels),
    ...provenanceArrays(content),
  ])
    await zip.add(`${name}.npy`, bytes, pieces());
  const header = latentsHeader(content);
  await zip.add(
    `${content.names.latents}.npy`,
    header.length + latentBytes(content),
    storedPieces(content, rows, header),
  );
  await zip.finish();
}
