import { DataFormatError } from '@csx/wgsl-kernels';
import { type FileSlice, readSlice } from './file-slice.ts';
import { readZipDirectory, type ZipEntry, zipDirectoryBytes, zipHeaderBytes } from './zip.ts';

/** The directory of a zip on the disk. */
export async function readZipEntries(archive: FileSlice): Promise<ZipEntry[]> {
  const tailBytes = Math.min(archive.bytes, zipDirectoryBytes);
  const tail = await readSlice(archive, archive.bytes - tailBytes, tailBytes);
  return readZipDirectory(tail, archive.bytes - tailBytes, archive.name);
}

/** The packed bytes of a file in a zip. */
export async function packedSlice(archive: FileSlice, entry: ZipEntry): Promise<FileSlice> {
  const where = `${archive.name}: ${entry.name}`;
  const { headerAt, packedBytes } = entry;
  const header = await readSlice(
    archive,
    Math.min(headerAt, archive.bytes),
    Math.max(0, Math.min(30, archive.bytes - headerAt)),
  );
  const start = headerAt + zipHeaderBytes(header, where);
  if (start + packedBytes > archive.bytes)
    throw new DataFormatError(`${where}: lies past the end of the file`, {
      hint: 'The file was cut off; write it again.',
    });
  return { file: archive.file, name: where, start: archive.start + start, bytes: packedBytes };
}

/**
 * The bytes of a file that is only stored in a zip, in place.
 *
 * @throws DataFormatError for a compressed one.
 */
export async function storedSlice(archive: FileSlice, entry: ZipEntry): Promise<FileSlice> {
  const where = `${archive.name}: ${entry.name}`;
  if (entry.method !== 0)
    throw new DataFormatError(`${where} is compressed, so its rows cannot be read in place`, {
      hint: 'Save it with numpy.savez instead of savez_compressed, or as an .npy file.',
    });
  if (entry.bytes !== entry.packedBytes)
    throw new DataFormatError(`${where}: stored in ${entry.packedBytes} bytes, but said to have ${entry.bytes}`);
  return packedSlice(archive, entry);
}

/** The array of an archive by its name, or the only one. */
export function findZipEntry(entries: readonly ZipEntry[], archive: string, member: string | undefined): ZipEntry {
  if (member === undefined && entries.length === 1) return entries[0];
  const entry = entries.find(({ name }) => name === `${member}.npy`);
  if (entry !== undefined) return entry;
  const names = entries.map(({ name }) => name.replace(/\.npy$/, '')).join(', ');
  throw new DataFormatError(
    `${archive}: holds ${names || 'no array'}, ${member === undefined ? 'and none was chosen' : `but no ${member}`}`,
    { hint: 'Name one of its arrays.' },
  );
}
