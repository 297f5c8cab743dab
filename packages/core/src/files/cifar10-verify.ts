import { createHash } from 'node:crypto';
import { DataFormatError } from '@csx/wgsl-kernels';
import { type Cifar10Release, officialRelease } from '../data/cifar10-layout.ts';
import { requireFile } from '../data/verify-bytes.ts';
import { openCifar10Directory } from './cifar10-directory.ts';

/** A file that was found to be the official one. */
export interface VerifiedFile {
  readonly name: string;
  readonly bytes: number;
  readonly md5: string;
  readonly sha256: string;
}

/**
 * Checks that a directory holds the official CIFAR-10, in any of the forms that `loadCifar10` takes: the size,
 * the sha256 and the published md5 of every file.
 *
 * @param release another one than the official one, in tests.
 * @throws DataFormatError for the first file that is missing, cut off, corrupt or changed.
 */
export async function verifyCifar10(
  directory: string,
  release: Cifar10Release = officialRelease,
): Promise<VerifiedFile[]> {
  const read = openCifar10Directory(directory, release);
  const verified: VerifiedFile[] = [];
  for (const file of release.files) {
    const bytes = await read(file.name);
    const sha256 = await requireFile(bytes, file);
    const md5 = createHash('md5').update(bytes).digest('hex');
    if (md5 !== file.md5) throw new DataFormatError(`${file.name}: md5 ${md5}, expected ${file.md5}`);
    verified.push({ name: file.name, bytes: bytes.length, md5, sha256 });
  }
  return verified;
}
