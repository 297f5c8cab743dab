import { DataFormatError } from '@csx/wgsl-kernels';
import { type FileSlice, readSliceInto } from '../file-slice.ts';

const [quote, comma, lineFeed, carriageReturn] = [...'",\n\r'].map((character) => character.charCodeAt(0));
const chunkBytes = 2 ** 22;
/** A record of 2^20 cells of 60 characters. */
const maxRecordBytes = 2 ** 26;

/** A record of a csv file: its bytes from `start` to `end`, without the line's end. The bytes are used again for the next. */
export interface CsvRecord {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  /** Line of its first character, counted from 1. */
  readonly line: number;
}

/**
 * The records of a csv file (RFC 4180), called back with one after the other: lines, but for line feeds within quotes.
 * Empty lines and a byte order mark are left out.
 *
 * @throws DataFormatError for a quote without an end, or a record of more than 64 MiB.
 */
export async function eachCsvRecord(
  file: FileSlice,
  use: (record: CsvRecord) => void,
  afterChunk: (doneBytes: number) => Promise<void> | void = () => undefined,
): Promise<void> {
  let space = new Uint8Array(2 * chunkBytes);
  /** Bytes of a record that goes on in the next chunk. */
  let kept = 0;
  let line = 1;
  for (let at = 0; at < file.bytes; ) {
    const size = Math.min(chunkBytes, file.bytes - at);
    if (kept + size > space.length) {
      if (kept > maxRecordBytes)
        throw new DataFormatError(`${file.name}: the record from line ${line} has more than ${maxRecordBytes} bytes`, {
          hint: 'Look for a quote that does not end.',
        });
      const larger = new Uint8Array(2 * space.length);
      larger.set(space.subarray(0, kept));
      space = larger;
    }
    await readSliceInto(file, at, space.subarray(kept, kept + size));
    const length = kept + size;
    let start = at === 0 && space[0] === 0xef && space[1] === 0xbb && space[2] === 0xbf ? 3 : 0;
    at += size;
    const isLast = at === file.bytes;
    while (start < length) {
      const end = recordEnd(space, start, length);
      if (end < 0 && !isLast) break;
      const whole = end < 0 ? length : end;
      if (end < 0 && endsInQuotes(space, start, length))
        throw new DataFormatError(`${file.name}: a quote in the record from line ${line} does not end`);
      const last = whole > start && space[whole - 1] === carriageReturn ? whole - 1 : whole;
      if (last > start) use({ bytes: space, start, end: last, line });
      for (let i = start; i < whole; i++) if (space[i] === lineFeed) line++;
      line++;
      start = whole + 1;
    }
    kept = Math.max(0, length - start);
    if (kept > 0) space.copyWithin(0, start, length);
    await afterChunk(at);
  }
}

/** The line feed that ends a record; -1 where it goes on behind `length`. */
function recordEnd(bytes: Uint8Array, start: number, length: number): number {
  let end = bytes.subarray(start, length).indexOf(lineFeed);
  if (end < 0) return -1;
  end += start;
  // Rows of numbers have no quotes, and are found by two native searches.
  const quoteAt = bytes.subarray(start, end).indexOf(quote);
  if (quoteAt < 0) return end;
  let inside = false;
  for (let at = start + quoteAt; at < length; at++) {
    if (bytes[at] === quote) inside = !inside;
    else if (bytes[at] === lineFeed && !inside) return at;
  }
  return -1;
}

function endsInQuotes(bytes: Uint8Array, start: number, length: number): boolean {
  let inside = false;
  for (let at = start; at < length; at++) if (bytes[at] === quote) inside = !inside;
  return inside;
}

/** The byte behind a cell that begins at `at`: a comma, or the record's end. */
export function cellEnd({ bytes, end }: CsvRecord, at: number): number {
  let inside = false;
  for (let position = at; position < end; position++) {
    if (bytes[position] === quote) inside = !inside;
    else if (bytes[position] === comma && !inside) return position;
  }
  return end;
}

const decoder = new TextDecoder();

/** The text of a cell, without its quotes. */
export function cellText(bytes: Uint8Array, start: number, end: number): string {
  const text = decoder.decode(bytes.subarray(start, end));
  return text.startsWith('"') ? text.slice(1, text.endsWith('"') ? -1 : undefined).replaceAll('""', '"') : text;
}

/** All cells of a record. */
export function cellsOf(record: CsvRecord): string[] {
  const cells: string[] = [];
  for (let at = record.start; ; ) {
    const end = cellEnd(record, at);
    cells.push(cellText(record.bytes, at, end));
    if (end === record.end) return cells;
    at = end + 1;
  }
}
