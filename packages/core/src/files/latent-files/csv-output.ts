import type { AtomicFiles } from '../atomic-file.ts';
import type { FileSlice } from '../file-slice.ts';
import { decodeStored, storedBytes } from '../stored-values.ts';
import { writeShortNumber, writeText } from './csv-numbers.ts';
import { eachCsvRecord } from './csv-records.ts';
import type { LatentContent, LatentRows } from './latent-content.ts';
import { provenanceColumns, tableColumns } from './table-columns.ts';

/** Bytes that are collected before they are written. */
const blockBytes = 2 ** 22;
/** The longest number: `-1.2345678901234567e-308`. */
const numberBytes = 25;

/** The table, and how its last rows were made: `x.csv`, `x-provenance.json`. */
export const csvOutputPaths = (path: string) => [path, path.replace(/\.csv$/i, '-provenance.json')];

/**
 * Writes a csv file, with `csx_` columns about the rows behind the given ones, and a JSON file of the settings. The rows
 * of a csv file without other columns are copied as they are written there. Values of up to 32 bits get nine significant
 * digits, float64 as many as it takes to read the same number back.
 */
export async function writeCsvLatents(
  files: AtomicFiles,
  content: LatentContent,
  rows: LatentRows,
  text: FileSlice | undefined,
): Promise<void> {
  await files.write(1, new TextEncoder().encode(`${JSON.stringify(content.settings, null, 2)}\n`), 0);
  const columns = tableColumns(content);
  const cells = createCells((bytes, at) => files.write(0, bytes, at));
  await cells.text(`${[...columns, ...provenanceColumns].map(quoted).join(',')}\n`);
  const { n, d, labels, provenance, names } = content;
  const labelAt = columns.indexOf(names.labels);
  const classNames = labels.classNames.map((name) => (labels.type === 'string' ? quoted(name) : name));
  const label = (row: number) => classNames[labels.indices[row]];
  const nothing = `${','.repeat(provenanceColumns.length)}\n`;
  if (text) await copyText(text, nothing, cells);
  else {
    let row = 0;
    const space = new Float32Array(d);
    for await (const piece of rows.given) {
      const bytes = d * storedBytes[content.type];
      for (let at = 0; at < piece.length; at += bytes, row++) {
        const own = piece.slice(at, at + bytes);
        if (content.type === 'float64') await cells.row(new Float64Array(own.buffer), labelAt, label(row), nothing);
        else {
          decodeStored(content.type, own, space);
          await cells.row(space, labelAt, label(row), nothing);
        }
      }
    }
  }
  const { parents, weights, methods } = provenance;
  let made = 0;
  for await (const values of rows.behind) {
    for (let at = 0; at < values.length; at += d, made++) {
      const [a, b] = [2 * made, 2 * made + 1];
      const own = `,${quoted(methods[made])},${parents[a]},${parents[b]},${weights[a]},${weights[b]}\n`;
      await cells.row(values.subarray(at, at + d), labelAt, label(n + made), own);
    }
  }
  await cells.flush();
}

const quoted = (text: string) =>
  /[",\r\n]/.test(text) || text !== text.trim() ? `"${text.replaceAll('"', '""')}"` : text;

function createCells(write: (bytes: Uint8Array, at: number) => Promise<void>) {
  let space = new Uint8Array(blockBytes);
  let filled = 0;
  let written = 0;
  const flush = async () => {
    await write(space.subarray(0, filled), written);
    written += filled;
    filled = 0;
  };
  const reserve = async (bytes: number) => {
    if (filled + bytes > space.length) await flush();
    if (bytes > space.length) space = new Uint8Array(2 * bytes);
  };
  return {
    flush,
    async bytes(bytes: Uint8Array): Promise<void> {
      await reserve(bytes.length);
      space.set(bytes, filled);
      filled += bytes.length;
    },
    async text(text: string): Promise<void> {
      await this.bytes(new TextEncoder().encode(text));
    },
    /** A row of values, with the label at its place and what follows. */
    async row(values: Float32Array | Float64Array, labelAt: number, label: string, rest: string): Promise<void> {
      await reserve((values.length + 1) * numberBytes + 4 * (label.length + rest.length));
      const isShort = values instanceof Float32Array;
      for (let j = 0, column = 0; column <= values.length; column++) {
        if (column > 0) filled = writeText(',', space, filled);
        if (column === labelAt) filled += new TextEncoder().encodeInto(label, space.subarray(filled)).written;
        else {
          const value = values[j++];
          filled = isShort ? writeShortNumber(value, space, filled) : writeText(String(value), space, filled);
        }
      }
      filled += new TextEncoder().encodeInto(rest, space.subarray(filled)).written;
    },
  };
}

/** The records behind the header, with empty cells behind each. */
async function copyText(text: FileSlice, nothing: string, cells: ReturnType<typeof createCells>): Promise<void> {
  const suffix = new TextEncoder().encode(nothing);
  let pending = new Uint8Array(2 * blockBytes);
  let filled = 0;
  let isHeader = true;
  await eachCsvRecord(
    text,
    ({ bytes, start, end }) => {
      if (isHeader) {
        isHeader = false;
        return;
      }
      const length = end - start + suffix.length;
      if (filled + length > pending.length) {
        const larger = new Uint8Array(2 * (filled + length));
        larger.set(pending.subarray(0, filled));
        pending = larger;
      }
      pending.set(bytes.subarray(start, end), filled);
      pending.set(suffix, filled + end - start);
      filled += length;
    },
    async () => {
      await cells.bytes(pending.subarray(0, filled));
      filled = 0;
    },
  );
}
