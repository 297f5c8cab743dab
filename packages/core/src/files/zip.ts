import { DataFormatError } from '@csx/wgsl-kernels';
import { inflateSync, zipSync } from 'fflate';
import { crc32 } from './crc32.ts';

/** A date inside the format's range, always the same: the same files give the same bytes. */
const fixedDate = new Date(1980, 0, 1, 0, 0, 0);
/** Deflate cannot pack better than 1032 : 1 (a match of 258 bytes in 2 bits), so a larger size is a lie. */
export const maxDeflateRatio = 1032;

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
 * @throws DataFormatError for a damaged directory, and one with encrypted files.
 */
export function readZipDirectory(tail: Uint8Array, tailAt: number, name: string): ZipEntry[] {
  const view = viewOf(tail);
  const endAt = findEnd(view);
  if (endAt === undefined)
    throw new DataFormatError(`${name}: not a whole zip file (it has no end record)`, {
      hint: 'The file was cut off or is of another format.',
    });
  const { count, directoryAt, directoryEnd } = readEnd(view, endAt, tailAt, name);
  let at = directoryAt - tailAt;
  const entries: ZipEntry[] = [];
  for (let i = 0; i < count; i++) {
    if (at < 0 || at + 46 > directoryEnd || view.getUint32(at, true) !== 0x02014b50)
      throw new DataFormatError(`${name}: entry ${i} of its directory is damaged`);
    const nameBytes = view.getUint16(at + 28, true);
    const extraAt = at + 46 + nameBytes;
    const extraEnd = extraAt + view.getUint16(at + 30, true);
    const next = extraEnd + view.getUint16(at + 32, true);
    if (next > directoryEnd) throw new DataFormatError(`${name}: entry ${i} of its directory is damaged`);
    const entryName = new TextDecoder().decode(tail.subarray(at + 46, extraAt));
    if (view.getUint16(at + 8, true) & 1) throw new DataFormatError(`${name}: ${entryName} is encrypted`);
    const [bytes, packedBytes, headerAt] = readLongSizes(
      [at + 24, at + 20, at + 42].map((field) => view.getUint32(field, true)),
      view,
      extraAt,
      extraEnd,
      `${name}: ${entryName}`,
    );
    entries.push({
      name: entryName,
      method: view.getUint16(at + 10, true),
      crc: view.getUint32(at + 16, true),
      packedBytes,
      bytes,
      headerAt,
    });
    at = next;
  }
  // A directory that goes on behind its last entry has a wrong count.
  if (at !== directoryEnd)
    throw new DataFormatError(`${name}: its directory has not the ${count} entries that it says`);
  return entries;
}

/** Where the directory lies (`directoryAt` in the archive, `directoryEnd` in the tail), and how many entries it has. */
function readEnd(view: DataView, endAt: number, tailAt: number, name: string) {
  const count = view.getUint16(endAt + 10, true);
  const directoryAt = view.getUint32(endAt + 16, true);
  // zip64: a locator right before the end record tells where a longer one lies, whether it is needed or not.
  const locatorAt = endAt - 20;
  const damaged = new DataFormatError(`${name}: its zip64 end record is damaged`);
  if (locatorAt < 0 || view.getUint32(locatorAt, true) !== 0x07064b50) {
    if (count === 0xffff || directoryAt === 0xffffffff) throw damaged;
    return { count, directoryAt, directoryEnd: endAt };
  }
  const longAt = Number(view.getBigUint64(locatorAt + 8, true)) - tailAt;
  if (!(longAt >= 0 && longAt + 56 <= locatorAt) || view.getUint32(longAt, true) !== 0x06064b50) throw damaged;
  return {
    count: Number(view.getBigUint64(longAt + 32, true)),
    directoryAt: Number(view.getBigUint64(longAt + 48, true)),
    directoryEnd: longAt,
  };
}

/** Numbers of an entry; those that have no room in 32 bits stand in its zip64 extra field, in the same order. */
function readLongSizes(short: number[], view: DataView, extraAt: number, extraEnd: number, where: string): number[] {
  if (!short.includes(0xffffffff)) return short;
  for (let at = extraAt; at + 4 <= extraEnd; at += 4 + view.getUint16(at + 2, true)) {
    if (view.getUint16(at, true) !== 1) continue;
    let field = at + 4;
    const end = Math.min(extraEnd, field + view.getUint16(at + 2, true));
    return short.map((value) => {
      if (value !== 0xffffffff) return value;
      if (field + 8 > end) throw new DataFormatError(`${where}: its zip64 field is damaged`);
      field += 8;
      return Number(view.getBigUint64(field - 8, true));
    });
  }
  throw new DataFormatError(`${where}: its zip64 field is missing`);
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
const cutOff = (where: string): DataFormatError =>
  new DataFormatError(`${where}: lies past the end of the file`, { hint: 'The file was cut off; write it again.' });
