import * as zlib from 'node:zlib';
import { DataFormatError } from '@csx/wgsl-kernels';
import type { ColumnMetaData, SchemaTree } from 'hyparquet';
import { parquetHeader } from 'hyparquet/src/column.js';
import { DEFAULT_PARSERS } from 'hyparquet/src/convert.js';
import { decompressPage, readDataPage } from 'hyparquet/src/datapage.js';
import { readPlain } from 'hyparquet/src/plain.js';
import { getMaxDefinitionLevel, getMaxRepetitionLevel } from 'hyparquet/src/schema.js';
import { type FileSlice, readSlice } from '../file-slice.ts';
import { readLevels } from './parquet-levels.ts';

/** A page header has some 50 bytes; statistics of long text make it longer. */
const headerBytes = 2 ** 16;
/** Writers cut pages at about a MiB; a larger one is only believed where its packed size makes it possible. */
const usualPageBytes = 2 ** 26;
const maxRatio = 1032;

/** Values of a page, as they are stored, and their levels: none where the column has no such levels. */
export interface ColumnPage {
  readonly values: ArrayLike<unknown>;
  readonly definitionLevels: Uint8Array;
  readonly repetitionLevels: Uint8Array;
  /** Values and nulls. */
  readonly count: number;
}

type Decoder = Parameters<typeof readDataPage>[2];
const zstdDecompressSync = (zlib as { zstdDecompressSync?: (bytes: Uint8Array) => Uint8Array }).zstdDecompressSync;
const compressors = {
  GZIP: (bytes: Uint8Array, size: number) => zlib.gunzipSync(bytes, { maxOutputLength: Math.max(1, size) }),
  BROTLI: (bytes: Uint8Array, size: number) => zlib.brotliDecompressSync(bytes, { maxOutputLength: Math.max(1, size) }),
  ...(zstdDecompressSync && { ZSTD: zstdDecompressSync }),
};

/**
 * The pages of a column in a row group, one at a time: hyparquet reads whole columns of a row group, which may be as large
 * as the file, so only its decoding of a page is used. Sizes and counts are checked before anything is allocated.
 *
 * @param rowValues values that the row group can have in the column, at most.
 */
export async function* columnPages(
  file: FileSlice,
  column: ColumnMetaData,
  schemaPath: SchemaTree[],
  rowValues: number,
): AsyncGenerator<ColumnPage> {
  const where = `${file.name}: column ${column.path_in_schema.join('.')}`;
  const begin = Number(column.dictionary_page_offset ?? column.data_page_offset);
  const end = begin + Number(column.total_compressed_size);
  if (!(begin >= 4 && begin <= end && end <= file.bytes))
    throw new DataFormatError(`${where}: bytes ${begin} to ${end} of a file of ${file.bytes}`, {
      hint: 'The file was cut off or changed; write it again.',
    });
  const decoder: Decoder = {
    ...column,
    pathInSchema: column.path_in_schema,
    schemaPath,
    element: schemaPath[schemaPath.length - 1].element,
    compressors,
    parsers: DEFAULT_PARSERS,
  };
  let dictionary: ArrayLike<unknown> | undefined;
  let seen = 0;
  for (let at = begin; at < end; ) {
    const head = await readSlice(file, at, Math.min(headerBytes, end - at));
    const reader = { view: new DataView(head.buffer), offset: 0 };
    const header = decoding(where, () => parquetHeader(reader));
    const { compressed_page_size: packed, uncompressed_page_size: unpacked } = header;
    at += reader.offset;
    if (!(packed >= 0 && unpacked >= 0 && at + packed <= end))
      throw new DataFormatError(`${where}: a page of ${packed} bytes at ${at}, behind which ${end - at} follow`);
    if (unpacked > Math.max(usualPageBytes, packed * maxRatio))
      throw new DataFormatError(`${where}: a page of ${packed} bytes cannot hold ${unpacked}`);
    const bytes = await readSlice(file, at, packed);
    at += packed;
    if (header.dictionary_page_header) {
      const { num_values: count } = header.dictionary_page_header;
      if (!(count >= 0 && count <= unpacked + 1))
        throw new DataFormatError(`${where}: a dictionary of ${count} values`);
      dictionary = decoding(where, () => {
        const page = decompressPage(bytes, unpacked, column.codec, compressors);
        const view = new DataView(page.buffer, page.byteOffset, page.byteLength);
        return readPlain({ view, offset: 0 }, column.type, count, decoder.element.type_length);
      });
      continue;
    }
    const { data_page_header: v1, data_page_header_v2: v2 } = header;
    const details = v1 ?? v2;
    if (details === undefined) throw new DataFormatError(`${where}: a page of type ${header.type}`);
    const count = details.num_values;
    seen += count;
    if (!(count >= 0) || seen > rowValues)
      throw new DataFormatError(`${where}: more than the ${rowValues} values that its rows can have`);
    const page = decoding(where, () => readPage(header, bytes, decoder, where));
    const values = details.encoding.endsWith('DICTIONARY') ? lookUp(page.values, dictionary, where) : page.values;
    yield { ...page, values, count };
  }
}

type PageHeader = ReturnType<typeof parquetHeader>;

/** The levels of a page, and its values by the library, to which they are those of a column that has no levels. */
function readPage(header: PageHeader, bytes: Uint8Array, decoder: Decoder, where: string): Omit<ColumnPage, 'count'> {
  const { data_page_header: v1, data_page_header_v2: v2, uncompressed_page_size: unpacked } = header;
  const { codec, schemaPath, element } = decoder;
  const count = (v1 ?? v2)?.num_values ?? 0;
  const most = [getMaxRepetitionLevel(schemaPath), getMaxDefinitionLevel(schemaPath)];
  let rest = v1 ? decompressPage(bytes, unpacked, codec, compressors) : bytes;
  const levels = most.map((level, at) => {
    let size = at === 0 ? v2?.repetition_levels_byte_length : v2?.definition_levels_byte_length;
    if (v1 && level > 0) {
      size = new DataView(rest.buffer, rest.byteOffset, rest.byteLength).getUint32(0, true);
      rest = rest.subarray(4);
    }
    size ??= 0;
    if (!(size >= 0 && size <= rest.length)) throw new DataFormatError(`${where}: ${size} bytes of levels in a page`);
    const own = rest.subarray(0, size);
    rest = rest.subarray(size);
    return level === 0 ? new Uint8Array(0) : readLevels(own, 32 - Math.clz32(level), count, where);
  });
  if (v2 && v2.is_compressed !== false) {
    const size = unpacked - v2.repetition_levels_byte_length - v2.definition_levels_byte_length;
    if (!(size >= 0)) throw new DataFormatError(`${where}: a page of ${unpacked} bytes has longer levels`);
    rest = decompressPage(rest, size, codec, compressors);
  }
  const [repetitionLevels, definitionLevels] = levels;
  let present = count;
  for (let i = 0; i < definitionLevels.length; i++) if (definitionLevels[i] < most[1]) present--;
  const flat: Decoder = {
    ...decoder,
    schemaPath: [
      schemaPath[0],
      { ...schemaPath[schemaPath.length - 1], element: { ...element, repetition_type: 'REQUIRED' } },
    ],
  };
  const encoding = (v1 ?? v2)?.encoding ?? 'PLAIN';
  const { dataPage } = readDataPage(
    rest,
    { num_values: present, encoding, definition_level_encoding: 'RLE', repetition_level_encoding: 'RLE' },
    flat,
  );
  return { values: dataPage, repetitionLevels, definitionLevels };
}

function lookUp(indices: ArrayLike<unknown>, dictionary: ArrayLike<unknown> | undefined, where: string): unknown[] {
  const values = new Array<unknown>(indices.length);
  for (let i = 0; i < indices.length; i++) {
    const index = indices[i] as number;
    if (dictionary === undefined || !(index < dictionary.length))
      throw new DataFormatError(`${where}: entry ${index} of a dictionary of ${dictionary?.length ?? 0}`);
    values[i] = dictionary[index];
  }
  return values;
}

/** What hyparquet throws for damaged bytes, with the name of the file. */
export function decoding<T>(where: string, decode: () => T): T {
  try {
    return decode();
  } catch (cause) {
    if (cause instanceof DataFormatError) throw cause;
    throw new DataFormatError(`${where}: cannot be decoded (${(cause as Error).message})`, {
      hint: 'The file is corrupt, or packed by a method that this runtime has not; write it again with snappy.',
      cause,
    });
  }
}
