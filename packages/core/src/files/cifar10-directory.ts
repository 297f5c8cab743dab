import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DataFormatError } from '@csx/wgsl-kernels';
import { unpackTar } from 'modern-tar';
import { cifar10FromFiles } from '../data/cifar10-dataset.ts';
import { officialArchive, officialFiles } from '../data/cifar10-layout.ts';
import type { ImageDataset } from '../data/image-set.ts';
import { gunzip } from './gunzip.ts';
import { isMissing, storageFailure } from './storage-failure.ts';

/** Bytes of a file, or undefined where there is none. */
async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path);
  } catch (cause) {
    if (isMissing(cause)) return undefined;
    throw storageFailure('read', path, cause);
  }
}

/** Unpacks the official files from a tar archive; names in the archive may carry any folder. */
async function officialFilesOfTar(tar: Uint8Array, path: string): Promise<Map<string, Uint8Array>> {
  const wanted = new Map(officialFiles.map((file) => [file.name, file]));
  const baseName = (name: string): string => name.slice(name.lastIndexOf('/') + 1);
  try {
    const entries = await unpackTar(tar, {
      strict: true,
      // A size beyond the official one is refused before it is allocated.
      filter: (header) => header.size === wanted.get(baseName(header.name))?.bytes,
    });
    return new Map(entries.flatMap(({ header, data }) => (data ? [[baseName(header.name), data] as const] : [])));
  } catch (cause) {
    throw new DataFormatError(`${path}: not a whole tar archive (${(cause as Error).message})`, { cause });
  }
}

/**
 * Finds the official files of CIFAR-10's binary version in a directory, whichever way they lie there: the
 * files themselves, plain or gzipped (`.bin.gz`), in the directory or in its `cifar-10-batches-bin`, or the
 * archive (`cifar-10-binary.tar.gz` or `.tar`).
 *
 * @returns a reader of the unpacked bytes; its result is not checked yet.
 */
function openCifar10Directory(directory: string): (name: string) => Promise<Uint8Array> {
  const folders = [directory, join(directory, officialArchive.folder)];
  let archive: Promise<Map<string, Uint8Array>> | undefined;
  const fromArchive = async (): Promise<Map<string, Uint8Array>> => {
    for (const folder of folders) {
      const zipped = join(folder, officialArchive.name);
      const bytes = await readIfThere(zipped);
      if (bytes) return officialFilesOfTar(await gunzip(bytes, zipped), zipped);
      const plain = zipped.slice(0, -'.gz'.length);
      const tar = await readIfThere(plain);
      if (tar) return officialFilesOfTar(tar, plain);
    }
    return new Map();
  };
  return async (name) => {
    for (const folder of folders) {
      const plain = await readIfThere(join(folder, name));
      if (plain) return plain;
      const path = join(folder, `${name}.gz`);
      const zipped = await readIfThere(path);
      if (zipped) return gunzip(zipped, path);
    }
    archive ??= fromArchive();
    const bytes = (await archive).get(name);
    if (bytes) return bytes;
    throw new DataFormatError(
      `${directory}: no ${name} (nor ${name}.gz, nor ${officialArchive.name} holding it), here or in ${officialArchive.folder}`,
      { hint: 'Fetch it with `csx data fetch`, or name the directory that holds the official binary version.' },
    );
  };
}

/**
 * Loads the whole CIFAR-10 (50 000 training and 10 000 test images, 184 MB) from a directory with the
 * official binary files, plain or gzipped, or the archive. Every file's size and sha256 are checked.
 *
 * @throws DataFormatError for a missing, cut off, corrupt or changed file, with its name.
 * @throws StorageError for a file that cannot be read.
 */
export async function loadCifar10(directory: string): Promise<ImageDataset> {
  return cifar10FromFiles(openCifar10Directory(directory));
}
