import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { StorageError } from '@csx/wgsl-kernels';
import type { ImageDataset } from '../data/image-set.ts';
import { decodeMiniCifar10, miniCifar10Files } from '../data/mini-cifar10.ts';

/** Both `src/files` and `dist/files` lie two levels below the package. */
const packageFolder = new URL('../../mini-cifar10/', import.meta.url);

/**
 * Loads the sample of real CIFAR-10 images that comes with the package: 170 a class to train on, 60 a class
 * to test on. No download.
 *
 * @throws StorageError where the package's files are missing.
 * @throws DataFormatError where they are not the ones that its manifest names.
 */
export async function loadMiniCifar10(): Promise<ImageDataset> {
  const [manifest, train, test] = await Promise.all(
    [miniCifar10Files.manifest, miniCifar10Files.train, miniCifar10Files.test].map(readPackageFile),
  );
  return decodeMiniCifar10({ manifest, train, test });
}

async function readPackageFile(name: string): Promise<Uint8Array> {
  const path = fileURLToPath(new URL(name, packageFolder));
  try {
    return await readFile(path);
  } catch (cause) {
    throw new StorageError(`${path}: cannot be read (${(cause as Error).message})`, {
      hint: 'The installation of @csx/core is incomplete; install it again.',
      cause,
    });
  }
}
