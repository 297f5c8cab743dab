import { DataFormatError } from '@csx/wgsl-kernels';
import type { FileSlice } from '../file-slice.ts';
import { createScratchFile } from '../scratch-file.ts';
import { matrixOfSlice } from '../stored-matrix.ts';
import { chooseColumns } from './choose-columns.ts';
import { choosePart } from './choose-parts.ts';
import { type ParsedNumber, parseNumber, parseShortNumber } from './csv-numbers.ts';
import { type CsvRecord, cellEnd, cellsOf, cellText, eachCsvRecord } from './csv-records.ts';
import { createLabelBuilder } from './label-column.ts';
import type { LatentFile, OpenLatentsOptions } from './latent-file.ts';

const comma = 44;
const mostListed = 10;
const maxColumns = 2 ** 20;
/** Bytes of rows that are collected before they are written. */
const blockBytes = 2 ** 22;

interface Header {
  readonly names: readonly string[];
  readonly label: number;
  /** Of each column: its place in a latent, or -1. */
  readonly places: Int32Array;
  readonly d: number;
}

/**
 * Latents and labels in a csv file: a header, then a row a latent, a column each for its values and for the label. Numbers
 * are read as float64, into a scratch file.
 */
export async function openCsvLatents(whole: FileSlice, options: OpenLatentsOptions): Promise<LatentFile> {
  const { scratchDirectory, onProgress, signal } = options;
  const scratch = await createScratchFile(scratchDirectory).catch(async (error: unknown) => {
    await whole.file.close();
    throw error;
  });
  const close = async () => {
    await scratch.close();
    await whole.file.close();
  };
  try {
    let header: Header | undefined;
    let rows = new Float64Array(0);
    let filled = 0;
    let n = 0;
    const builder = createLabelBuilder(whole.name);
    const missing = createMissingCells(whole.name);
    await eachCsvRecord(
      whole,
      (record) => {
        if (header === undefined) {
          header = readHeader(record, options, whole.name);
          rows = new Float64Array(Math.max(header.d, blockBytes / 8));
          return;
        }
        if (filled + header.d > rows.length) {
          // A chunk of text may hold more rows than there is room for.
          const larger = new Float64Array(2 * rows.length);
          larger.set(rows);
          rows = larger;
        }
        builder.add(readRow(record, header, n, rows.subarray(filled, filled + header.d), missing, whole.name));
        filled += header.d;
        n++;
      },
      async (doneBytes) => {
        signal?.throwIfAborted();
        await scratch.write(new Uint8Array(rows.buffer, 0, filled * 8), (n * (header?.d ?? 0) - filled) * 8);
        filled = 0;
        onProgress?.(doneBytes, whole.bytes);
      },
    );
    if (header === undefined) throw new DataFormatError(`${whole.name}: empty, expected a header and rows`);
    missing.check();
    const { names, label, d } = header;
    const others = names.filter((_, at) => at !== label && header?.places[at] === -1);
    return {
      ...matrixOfSlice(scratch.slice(whole.name, 0, n * d * 8), { n, d, type: 'float64' }),
      name: whole.name,
      format: 'csv',
      names: {
        latents: options.latents ?? '',
        labels: names[label],
        columns: names.filter((name) => !others.includes(name)),
      },
      labels: builder.finish(builder.areIntegers() ? 'int64' : 'string'),
      others,
      ...(others.length === 0 && { text: whole }),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function readHeader(record: CsvRecord, { latents, labels }: OpenLatentsOptions, where: string): Header {
  const names = cellsOf(record);
  if (names.length > maxColumns)
    throw new DataFormatError(`${where}: ${names.length} columns, expected at most ${maxColumns}`);
  if (names.length > 1 && names.filter((name) => parseNumber(name) === undefined).length <= 1)
    throw new DataFormatError(`${where}: its first line holds numbers, expected the names of the columns`, {
      hint: 'Add a header, such as f0,f1,f2,label.',
    });
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name))
      throw new DataFormatError(`${where}: column ${JSON.stringify(name)} is there twice in the header`);
    seen.add(name);
  }
  const usual = names.filter((name) =>
    ['labels', 'label', 'y', 'targets', 'target', 'classes', 'class'].includes(name),
  );
  const parts = names.map((name) => ({
    name,
    isLatents: false,
    isLabels: labels !== undefined || usual.length === 0 || usual.includes(name),
    shown: 'a column',
  }));
  const label = choosePart(parts, 'labels', labels, where).name;
  const columns = names.map((name) => ({ name, floatType: 'float64' as const, shown: 'a column' }));
  const chosen = new Set(chooseColumns(columns, label, latents, where).map(({ name }) => name));
  let d = 0;
  const places = Int32Array.from(names, (name) => (chosen.has(name) ? d++ : -1));
  return { names, label: names.indexOf(label), places, d };
}

const number: ParsedNumber = { value: 0, end: 0 };

/** Writes the values of a row; returns its label. */
function readRow(
  record: CsvRecord,
  { names, label, places }: Header,
  row: number,
  into: Float64Array,
  missing: ReturnType<typeof createMissingCells>,
  where: string,
): string {
  const { bytes, end } = record;
  let text = '';
  let at = record.start;
  let column = 0;
  for (; ; column++) {
    let next: number;
    if (column < names.length && places[column] >= 0) {
      if (parseShortNumber(bytes, at, number) && (number.end === end || bytes[number.end] === comma)) {
        into[places[column]] = number.value;
        next = number.end;
      } else {
        next = cellEnd(record, at);
        const cell = cellText(bytes, at, next);
        const value = parseNumber(cell);
        if (cell.trim() === '') missing.add(row, names[column]);
        else if (value === undefined) throw notANumber(record, row, names, column, cell, where);
        else into[places[column]] = value;
      }
    } else {
      next = cellEnd(record, at);
      if (column === label) {
        text = cellText(bytes, at, next);
        if (text === '') missing.add(row, names[column]);
      }
    }
    if (next >= end) break;
    at = next + 1;
  }
  if (column + 1 !== names.length) throw otherWidth(record, row, column + 1, names.length, where);
  return text;
}

function notANumber(
  record: CsvRecord,
  row: number,
  names: readonly string[],
  column: number,
  cell: string,
  where: string,
): DataFormatError {
  // A cell that is missing or too many moves the label into a column of numbers.
  const { length } = cellsOf(record);
  if (length !== names.length) return otherWidth(record, row, length, names.length, where);
  return new DataFormatError(
    `${where}: row ${row} (line ${record.line}) holds ${JSON.stringify(cell.slice(0, 40))} in column ${names[column]}, expected a number`,
    { hint: 'If that column is no part of a latent, say with --latents what the names of those begin with.' },
  );
}

function otherWidth({ line }: CsvRecord, row: number, count: number, expected: number, where: string): DataFormatError {
  return new DataFormatError(`${where}: row ${row} (line ${line}) has ${count} cells, the header has ${expected}`, {
    hint: 'Text with commas needs quotes; decimals need a point.',
  });
}

function createMissingCells(where: string) {
  const listed: string[] = [];
  let count = 0;
  return {
    add(row: number, column: string): void {
      if (count++ < mostListed) listed.push(`row ${row} column ${column}`);
    },
    check(): void {
      if (count === 0) return;
      const rest = count > mostListed ? ` and ${count - mostListed} more` : '';
      throw new DataFormatError(`${where}: ${count} cells are empty: ${listed.join(', ')}${rest}`, {
        hint: 'Leave these rows out, or fill the cells in.',
      });
    },
  };
}
