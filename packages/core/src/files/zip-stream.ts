import { crc32 } from 'node:zlib';

/** Where a zip's bytes go. */
type Write = (bytes: Uint8Array, at: number) => Promise<void>;

interface Entry {
  readonly name: Uint8Array;
  readonly bytes: number;
  readonly at: number;
  crc: number;
}

/** What has no room in 32 bits stands in a zip64 field instead. */
const short = (value: number) => Math.min(value, 0xffffffff);
const isLong = (value: number) => value >= 0xffffffff;
/** The first of January 1980, the format's zero: the same files give the same bytes. */
const date = 0x0021;

function record(byteCount: number, fill: (view: DataView) => void): Uint8Array {
  const bytes = new Uint8Array(byteCount);
  fill(new DataView(bytes.buffer));
  return bytes;
}

/** A zip of stored files, written as they come: each may be larger than memory. zip64 where it is needed. */
export function createZipStream(write: Write) {
  const entries: Entry[] = [];
  let at = 0;
  const put = async (bytes: Uint8Array) => {
    await write(bytes, at);
    at += bytes.length;
  };
  return {
    /** Adds a file of so many bytes, in pieces. */
    async add(name: string, bytes: number, pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<void> {
      const entry: Entry = { name: new TextEncoder().encode(name), bytes, at, crc: 0 };
      entries.push(entry);
      await put(localHeader(entry));
      for await (const piece of pieces) {
        entry.crc = crc32(piece, entry.crc);
        await put(piece);
      }
      // The CRC-32 is known only now.
      await write(localHeader(entry), entry.at);
    },
    async finish(): Promise<void> {
      const directoryAt = at;
      for (const entry of entries) await put(directoryEntry(entry));
      await put(endRecords(entries.length, directoryAt, at - directoryAt));
    },
  };
}

function localHeader({ name, bytes, crc }: Entry): Uint8Array {
  const extra = isLong(bytes) ? 20 : 0;
  const header = record(30 + name.length + extra, (view) => {
    view.setUint32(0, 0x04034b50, true);
    view.setUint16(4, extra ? 45 : 20, true);
    // Names are UTF-8.
    view.setUint16(6, 0x0800, true);
    view.setUint16(12, date, true);
    view.setUint32(14, crc, true);
    view.setUint32(18, short(bytes), true);
    view.setUint32(22, short(bytes), true);
    view.setUint16(26, name.length, true);
    view.setUint16(28, extra, true);
    if (extra) writeLong(view, 30 + name.length, [bytes, bytes]);
  });
  header.set(name, 30);
  return header;
}

function directoryEntry({ name, bytes, crc, at }: Entry): Uint8Array {
  const long = [...(isLong(bytes) ? [bytes, bytes] : []), ...(isLong(at) ? [at] : [])];
  const extra = long.length > 0 ? 4 + 8 * long.length : 0;
  const entry = record(46 + name.length + extra, (view) => {
    view.setUint32(0, 0x02014b50, true);
    view.setUint16(4, extra ? 45 : 20, true);
    view.setUint16(6, extra ? 45 : 20, true);
    view.setUint16(8, 0x0800, true);
    view.setUint16(14, date, true);
    view.setUint32(16, crc, true);
    view.setUint32(20, short(bytes), true);
    view.setUint32(24, short(bytes), true);
    view.setUint16(28, name.length, true);
    view.setUint16(30, extra, true);
    view.setUint32(42, short(at), true);
    if (extra) writeLong(view, 46 + name.length, long);
  });
  entry.set(name, 46);
  return entry;
}

function writeLong(view: DataView, at: number, values: readonly number[]): void {
  view.setUint16(at, 1, true);
  view.setUint16(at + 2, 8 * values.length, true);
  values.forEach((value, i) => {
    view.setBigUint64(at + 4 + 8 * i, BigInt(value), true);
  });
}

function endRecords(count: number, directoryAt: number, directoryBytes: number): Uint8Array {
  const longBytes = isLong(directoryAt) ? 76 : 0;
  return record(longBytes + 22, (view) => {
    if (longBytes > 0) {
      view.setUint32(0, 0x06064b50, true);
      view.setBigUint64(4, 44n, true);
      view.setUint16(12, 45, true);
      view.setUint16(14, 45, true);
      view.setBigUint64(24, BigInt(count), true);
      view.setBigUint64(32, BigInt(count), true);
      view.setBigUint64(40, BigInt(directoryBytes), true);
      view.setBigUint64(48, BigInt(directoryAt), true);
      view.setUint32(56, 0x07064b50, true);
      view.setBigUint64(64, BigInt(directoryAt + directoryBytes), true);
      view.setUint32(72, 1, true);
    }
    view.setUint32(longBytes, 0x06054b50, true);
    view.setUint16(longBytes + 8, count, true);
    view.setUint16(longBytes + 10, count, true);
    view.setUint32(longBytes + 12, directoryBytes, true);
    view.setUint32(longBytes + 16, short(directoryAt), true);
  });
}
