import { DataFormatError } from '@csx/wgsl-kernels';
import { type FileMetaData, parquetMetadata, parquetSchema, type SchemaTree } from 'hyparquet';
import { getMaxDefinitionLevel, getMaxRepetitionLevel } from 'hyparquet/src/schema.js';
import { type FileSlice, readSlice } from '../file-slice.ts';
import type { StoredType } from '../stored-values.ts';
import type { LabelType } from './label-column.ts';
import { decoding } from './parquet-pages.ts';
import { checkThrift } from './thrift-bounds.ts';

/** A file with 100 000 columns in a row group has less. */
const maxFooterBytes = 2 ** 28;

/** A column of values, under its name in the table. */
export interface LeafColumn {
  readonly name: string;
  /** Of the leaf in the order of the file. */
  readonly index: number;
  readonly path: SchemaTree[];
  readonly isList: boolean;
  readonly maxDefinition: number;
  readonly floatType: StoredType | undefined;
  readonly labelType: LabelType | undefined;
  readonly shown: string;
}

export interface ParquetTable {
  readonly metadata: FileMetaData;
  readonly columns: readonly LeafColumn[];
  readonly n: number;
}

/** Reads the footer: its size is checked against the file, and its lists against its size. */
export async function readParquetTable(file: FileSlice): Promise<ParquetTable> {
  const { name, bytes } = file;
  const cutOff = { hint: 'The file was cut off or is of another format.' };
  if (bytes < 12) throw new DataFormatError(`${name}: ${bytes} bytes, too short for a parquet file`, cutOff);
  const tail = await readSlice(file, bytes - 8, 8);
  const magic = new TextDecoder('latin1').decode(tail.subarray(4));
  if (magic === 'PARE') throw new DataFormatError(`${name}: an encrypted parquet file, which is not read`);
  if (magic !== 'PAR1')
    throw new DataFormatError(`${name}: not a whole parquet file (it does not end with PAR1)`, cutOff);
  const footerBytes = new DataView(tail.buffer).getUint32(0, true);
  if (footerBytes > Math.min(maxFooterBytes, bytes - 12))
    throw new DataFormatError(`${name}: a parquet footer of ${footerBytes} bytes in a file of ${bytes}`, cutOff);
  const footer = await readSlice(file, bytes - 8 - footerBytes, footerBytes + 8);
  checkThrift(footer.subarray(0, footerBytes), name);
  const metadata = decoding(name, () => parquetMetadata(footer.buffer, { geoparquet: false }));
  const columns = decoding(name, () => leafColumns(parquetSchema(metadata)));
  const n = metadata.row_groups.reduce((sum, group) => sum + Number(group.num_rows), 0);
  if (
    !Number.isSafeInteger(n) ||
    n !== Number(metadata.num_rows) ||
    metadata.row_groups.some(({ num_rows, columns: own }) => num_rows < 0n || own.length !== columns.length)
  )
    throw new DataFormatError(`${name}: its parquet footer does not agree with itself`, cutOff);
  return { metadata, columns, n };
}

function leafColumns(root: SchemaTree): LeafColumn[] {
  const leaves: LeafColumn[] = [];
  const visit = (path: SchemaTree[]) => {
    const node = path[path.length - 1];
    for (const child of node.children) visit([...path, child]);
    if (node.children.length > 0 || path.length < 2) return;
    const { element } = node;
    const repetition = getMaxRepetitionLevel(path);
    const isNested = path.length > 2 && repetition !== 1;
    const { type, logical_type: logical } = element;
    const shownType = logical?.type ?? element.converted_type ?? type ?? 'nothing';
    leaves.push({
      name: path[1].element.name,
      index: leaves.length,
      path,
      isList: repetition === 1,
      maxDefinition: getMaxDefinitionLevel(path),
      floatType: isNested ? undefined : floatTypeOf(element),
      labelType: isNested || repetition > 0 ? undefined : labelTypeOf(element),
      shown: repetition > 0 ? `lists of ${shownType}` : shownType,
    });
  };
  visit([root]);
  return leaves;
}

type Element = SchemaTree['element'];

function floatTypeOf({ type, type_length, logical_type }: Element): StoredType | undefined {
  if (type === 'FLOAT') return 'float32';
  if (type === 'DOUBLE') return 'float64';
  return type === 'FIXED_LEN_BYTE_ARRAY' && type_length === 2 && logical_type?.type === 'FLOAT16'
    ? 'float16'
    : undefined;
}

function labelTypeOf({ type, converted_type, logical_type }: Element): LabelType | undefined {
  if (type === 'BOOLEAN') return 'bool';
  if (
    type === 'BYTE_ARRAY' &&
    (converted_type === 'UTF8' || converted_type === 'ENUM' || logical_type?.type === 'STRING')
  )
    return 'string';
  if (type !== 'INT32' && type !== 'INT64') return undefined;
  const [, unsigned, bits] = /^(U?)INT_(\d+)$/.exec(converted_type ?? '') ?? [];
  if (bits !== undefined) return `${unsigned ? 'u' : ''}int${bits}` as LabelType;
  if (logical_type?.type === 'INTEGER') {
    return `${logical_type.isSigned ? '' : 'u'}int${logical_type.bitWidth}` as LabelType;
  }
  // Dates, times and decimals are stored as integers, too.
  if (converted_type !== undefined || logical_type !== undefined) return undefined;
  return type === 'INT32' ? 'int32' : 'int64';
}
