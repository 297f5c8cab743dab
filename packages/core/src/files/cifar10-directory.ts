import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DataFormatError } from '@csx/wgsl-kernels';
import { cifar10FromFiles } from '../data/cifar10-dataset.ts';
import { type Cifar10Release, officialRelease } from '../data/cifar10-layout.ts';
import type { ImageDataset } from '../data/image-set.ts';
import { gunzip } from './gunzip.ts';
import { isMissing, storageFailure } from './storage-failure.ts';
import { unpackArchive } from './unpack-archive.ts';

/** The folder of the cache that `fetchCifar10` fills. */
export const cifar10Folder = 'cifar10';

/** Bytes of a file, or undefined where there is none. */
async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path);
  } catch (cause) {
    if (isMissing(cause)) return undefined;
    throw storageFailure('read', path, cause);
  }
}

/**
 * Finds the official files in a directory, whichever way they lie there: the files themselves, plain or
 * gzipped (`.bin.gz`), or the archive (`.tar.gz` or `.tar`), in the directory or in one of its folders
 * `cifar-10-batches-bin` and `cifar10`.
 *
 * @returns a reader of the unpacked bytes; its result is not checked yet.
 */
export function openCifar10Directory(
  directory: string,
  release: Cifar10Release = officialRelease,
): (name: string) => Promise<Uint8Array> {
  const { archive, files } = release;
  const folders = [directory, join(directory, archive.folder), join(directory, cifar10Folder)];
  const wanted = new Map(files.map((file) => [file.name, file.bytes]));
  let unpacked: Promise<Map<string, Uint8Array>> | undefined;
  const unpack = async (): Promise<Map<string, Uint8Array>> => {
    for (const folder of folders) {
      for (const name of [archive.name, archive.name.replace(/\.gz$/, '')]) {
        const path = join(folder, name);
        const bytes = await readIfThere(path);
        if (bytes) return unpackArchive(bytes, path, wanted);
      }
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
    unpacked ??= unpack();
    const bytes = (await unpacked).get(name);
    if (bytes) return bytes;
    throw new DataFormatError(
      `${directory}: no ${name} (nor ${name}.gz, nor ${archive.name} holding it), there or in ${archive.folder} or ${cifar10Folder}`,
      { hint: 'Fetch it with `csx data fetch`, or name a directory that holds the official binary version.' },
    );
  };
}

/**
 * Loads the whole CIFAR-10 (50 000 training and 10 000 test images, 184 MB) from a directory with the
 * official binary files, plain or gzipped, or the archive; csx's cache directory is one. The size and sha256
 * of every file are checked.
 *
 * @throws DataFormatError for a missing, cut off, corrupt or changed file, with its name.
 * @throws StorageError for a file that cannot be read.
 */
export async function loadCifar10(directory: string): Promise<ImageDataset> {
  return cifar10FromFiles(openCifar10Directory(directory));
}
