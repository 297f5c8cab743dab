import * as zlib from 'node:zlib';
import { DataFormatError } from '@csx/wgsl-kernels';
import type { ColumnMetaData, SchemaTree } from 'hyparquet';
import { parquetHeader } from 'hyparquet/src/column.js';
import { DEFAULT_PARSERS } from 'hyparquet/src/convert.js';
import { decompressPage, readDataPage, readDataPageV2 } from 'hyparquet/src/datapage.js';
import { readPlain } from 'hyparquet/src/plain.js';
import { type FileSlice, readSlice } from '../file-slice.ts';

/** A page header has some 50 bytes; statistics of long text make it longer. */
const headerBytes = 2 ** 16;
/** Writers cut pages at about a MiB; a larger one is only believed where its packed size makes it possible. */
const usualPageBytes = 2 ** 26;
const maxRatio = 1032;

/** Values of a page, as they are stored, and their levels: none where all are at the top. */
export interface ColumnPage {
  readonly values: ArrayLike<unknown>;
  readonly definitionLevels: readonly number[];
  readonly repetitionLevels: readonly number[];
  /** Values and nulls. */
  readonly count: number;
}

type Decoder = Parameters<typeof readDataPageV2>[2];
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
    const page = decoding(where, () =>
      v1
        ? readDataPage(decompressPage(bytes, unpacked, column.codec, compressors), v1, decoder)
        : readDataPageV2(bytes, header, decoder),
    );
    const values = details.encoding.endsWith('DICTIONARY') ? lookUp(page.dataPage, dictionary, where) : page.dataPage;
    const { definitionLevels = [], repetitionLevels } = page;
    yield { values, definitionLevels, repetitionLevels, count };
  }
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
