import { type Cifar10Release, cifar10Classes, officialRelease } from './cifar10-layout.ts';
import { parseCifar10Records } from './cifar10-records.ts';
import { concatImageSets } from './concat-image-sets.ts';
import type { ImageDataset, ImageSet } from './image-set.ts';
import { requireFile } from './verify-bytes.ts';

/**
 * Builds the whole CIFAR-10 from the six official files, in their order: training rows 0 to 49 999 are
 * data_batch_1 to 5, test rows 0 to 9 999 are test_batch.
 *
 * @param readFile gives the bytes of one official file, unpacked.
 * @param release another one than the official one, in tests.
 * @throws DataFormatError for a file whose size or sha256 is not the official one.
 */
export async function cifar10FromFiles(
  readFile: (name: string) => Promise<Uint8Array>,
  release: Cifar10Release = officialRelease,
): Promise<ImageDataset> {
  const train: ImageSet[] = [];
  const test: ImageSet[] = [];
  const hashes: Record<string, string> = {};
  for (const file of release.files) {
    const bytes = await readFile(file.name);
    hashes[file.name] = await requireFile(bytes, file);
    (file.part === 'train' ? train : test).push(parseCifar10Records(bytes, file.name));
  }
  return {
    name: 'CIFAR-10',
    classNames: cifar10Classes,
    train: concatImageSets(train),
    test: concatImageSets(test),
    hashes,
  };
}
