import { DataFormatError } from '@csx/wgsl-kernels';
import { unpackTar } from 'modern-tar';
import { gunzip } from './gunzip.ts';

/** What may be taken out of an archive: the last part of the name, and the most bytes it may have. */
export type WantedFiles = ReadonlyMap<string, number>;

/**
 * Takes the wanted files out of a tar archive, gzipped or not. Folders in the archive do not matter, since
 * nothing is written; files of other names, or larger than wanted, are passed over.
 *
 * @param path names the archive in errors.
 * @throws DataFormatError where the archive is cut off or corrupt.
 */
export async function unpackArchive(
  bytes: Uint8Array,
  path: string,
  wanted: WantedFiles,
): Promise<Map<string, Uint8Array>> {
  const gzipped = bytes[0] === 0x1f && bytes[1] === 0x8b;
  const tar = gzipped ? await gunzip(bytes, path) : bytes;
  try {
    const entries = await unpackTar(tar, {
      strict: true,
      filter: ({ name, size }) => size <= (wanted.get(lastPart(name)) ?? -1),
    });
    return new Map(entries.flatMap(({ header, data }) => (data ? [[lastPart(header.name), data] as const] : [])));
  } catch (cause) {
    throw new DataFormatError(`${path}: not a whole tar archive (${cause instanceof Error ? cause.message : cause})`, {
      hint: 'The file was cut off or is corrupt; fetch it again.',
      cause,
    });
  }
}

const lastPart = (name: string): string => name.slice(name.lastIndexOf('/') + 1);
