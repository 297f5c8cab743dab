import { DataFormatError } from '@csx/wgsl-kernels';
import { inflateSync, zipSync } from 'fflate';
import { crc32 } from './crc32.ts';

/** A date inside the format's range, always the same: the same files give the same bytes. */
const fixedDate = new Date(1980, 0, 1, 0, 0, 0);
/** Deflate cannot pack better than 1032 : 1 (a match of 258 bytes in 2 bits), so a larger size is a lie. */
const maxDeflateRatio = 1032;

/** Packs named files as a zip. @param compress deflate them, instead of only storing them. */
export function writeZip(files: Readonly<Record<string, Uint8Array>>, compress: boolean): Uint8Array {
  return zipSync({ ...files }, { level: compress ? 6 : 0, mtime: fixedDate });
}

/** A file in a zip, as the directory at the end describes it. */
export interface ZipEntry {
  readonly name: string;
  /** 0: stored; 8: deflated. */
  readonly method: number;
  readonly crc: number;
  readonly packedBytes: number;
  readonly bytes: number;
  /** Where its own header lies; its content comes behind that. */
  readonly headerAt: number;
}

/**
 * Unpacks a zip of stored or deflated files. fflate inflates; the directory is read here, because fflate
 * neither checks the CRC-32 nor bounds the sizes that it allocates.
 *
 * @param name names the archive in errors.
 * @param maxBytes of all files together, unpacked.
 * @throws DataFormatError for anything that is not a whole and sound zip within that bound.
 */
export function readZip(archive: Uint8Array, name: string, maxBytes: number): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  let total = 0;
  for (const entry of readZipDirectory(archive, 0, name)) {
    const where = `${name}: ${entry.name}`;
    // A folder has no content; a file whose name was damaged into a folder's has.
    if (entry.name.endsWith('/') && entry.bytes === 0) continue;
    if (files.has(entry.name)) throw new DataFormatError(`${where} is there twice`);
    const start = entry.headerAt + zipHeaderBytes(archive.subarray(entry.headerAt), where);
    const packed = archive.subarray(start, start + entry.packedBytes);
    if (packed.length !== entry.packedBytes) throw cutOff(where);
    total += entry.bytes;
    if (total > maxBytes)
      throw new DataFormatError(`${where} brings the unpacked size to ${total} bytes, expected at most ${maxBytes}`);
    const content = unpack(packed, entry, where);
    const crc = crc32(content);
    if (crc !== entry.crc) {
      throw new DataFormatError(`${where}: CRC-32 ${hex(crc)}, expected ${hex(entry.crc)}`, {
        hint: 'The file is corrupt; write it again.',
      });
    }
    files.set(entry.name, content);
  }
  return files;
}

function unpack(packed: Uint8Array, entry: ZipEntry, where: string): Uint8Array {
  if (entry.method === 0) {
    if (entry.bytes !== entry.packedBytes) {
      throw new DataFormatError(`${where}: stored in ${entry.packedBytes} bytes, but said to have ${entry.bytes}`);
    }
    return packed;
  }
  if (entry.method !== 8)
    throw new DataFormatError(`${where}: compression method ${entry.method}, expected 0 (stored) or 8 (deflate)`);
  if (entry.bytes > entry.packedBytes * maxDeflateRatio) {
    throw new DataFormatError(`${where}: ${entry.packedBytes} packed bytes cannot hold ${entry.bytes}`);
  }
  let content: Uint8Array;
  try {
    content = inflateSync(packed, { out: new Uint8Array(entry.bytes) });
  } catch (cause) {
    throw new DataFormatError(`${where}: not whole deflate data (${(cause as Error).message})`, { cause });
  }
  if (content.length !== entry.bytes)
    throw new DataFormatError(`${where}: unpacks to ${content.length} bytes, expected ${entry.bytes}`);
  return content;
}

/** Bytes at the end of an archive that hold its directory, unless it has tens of thousands of files. */
export const zipDirectoryBytes = 2 ** 22;

/**
 * Reads the central directory, at the end of the archive.
 *
 * @param tail the archive's last bytes (`zipDirectoryBytes`, or all), the first of which is byte `tailAt` of the archive.
 * @throws DataFormatError for a damaged directory, and one with encrypted files or such of 4 GiB and more.
 */
export function readZipDirectory(tail: Uint8Array, tailAt: number, name: string): ZipEntry[] {
  const view = viewOf(tail);
  const endAt = findEnd(view);
  if (endAt === undefined)
    throw new DataFormatError(`${name}: not a whole zip file (it has no end record)`, {
      hint: 'The file was cut off or is of another format.',
    });
  const count = view.getUint16(endAt + 10, true);
  const directoryAt = view.getUint32(endAt + 16, true);
  if (directoryAt === 0xffffffff) throw zip64(name);
  let at = directoryAt - tailAt;
  const entries: ZipEntry[] = [];
  for (let i = 0; i < count; i++) {
    if (at < 0 || at + 46 > endAt || view.getUint32(at, true) !== 0x02014b50)
      throw new DataFormatError(`${name}: entry ${i} of its directory is damaged`);
    const nameBytes = view.getUint16(at + 28, true);
    const next = at + 46 + nameBytes + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
    if (next > endAt) throw new DataFormatError(`${name}: entry ${i} of its directory is damaged`);
    const entry = {
      name: new TextDecoder().decode(tail.subarray(at + 46, at + 46 + nameBytes)),
      method: view.getUint16(at + 10, true),
      crc: view.getUint32(at + 16, true),
      packedBytes: view.getUint32(at + 20, true),
      bytes: view.getUint32(at + 24, true),
      headerAt: view.getUint32(at + 42, true),
    };
    if (view.getUint16(at + 8, true) & 1) throw new DataFormatError(`${name}: ${entry.name} is encrypted`);
    if ([entry.packedBytes, entry.bytes, entry.headerAt].includes(0xffffffff)) throw zip64(`${name}: ${entry.name}`);
    entries.push(entry);
    at = next;
  }
  // A directory that goes on behind its last entry has a wrong count.
  if (at !== endAt) throw new DataFormatError(`${name}: its directory has not the ${count} entries that it says`);
  return entries;
}

/** The end record has 22 bytes and a comment of at most 65 535. */
function findEnd(view: DataView): number | undefined {
  const last = view.byteLength - 22;
  for (let at = last; at >= Math.max(0, last - 0xffff); at--) {
    if (view.getUint32(at, true) === 0x06054b50 && at + 22 + view.getUint16(at + 20, true) === view.byteLength)
      return at;
  }
  return undefined;
}

/** Bytes of an entry's header, behind which its content starts; its extra field may differ from the directory's. */
export function zipHeaderBytes(header: Uint8Array, where: string): number {
  if (header.length < 30) throw cutOff(where);
  const view = viewOf(header);
  if (view.getUint32(0, true) !== 0x04034b50) throw new DataFormatError(`${where}: its header is damaged`);
  return 30 + view.getUint16(26, true) + view.getUint16(28, true);
}

const viewOf = ({ buffer, byteOffset, byteLength }: Uint8Array) => new DataView(buffer, byteOffset, byteLength);
const hex = (word: number): string => word.toString(16).padStart(8, '0');
const zip64 = (where: string): DataFormatError =>
  new DataFormatError(`${where} has 4 GiB or more (zip64), which is not read`, {
    hint: 'Save large arrays as .npy files of their own.',
  });
const cutOff = (where: string): DataFormatError =>
  new DataFormatError(`${where}: lies past the end of the file`, { hint: 'The file was cut off; write it again.' });
