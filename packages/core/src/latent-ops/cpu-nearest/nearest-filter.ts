import { DisposedError, type DistanceMetric, type Matrix } from '@csx/wgsl-kernels';
import {
  loadOnnxRuntime,
  type OnnxBackend,
  type OnnxRuntime,
  type OnnxSession,
  openSession,
} from '../../onnxruntime/load-runtime.ts';
import { CandidateLists, type Candidates } from './candidate-lists.ts';
import { filterModel, groupRows } from './filter-model.ts';
import { createRowWriter } from './filter-rows.ts';

export interface FilterOptions {
  /** Threads of ONNX Runtime: 2 by default. They change the time, never a bit of what `nearest` returns. */
  readonly threads?: number;
  /** `auto`: native where it loads, else wasm. */
  readonly backend?: OnnxBackend | 'auto';
  /**
   * Most bytes of placed rows, scores, what ONNX Runtime makes of them, and candidates: 128 MiB by default. Bases of which
   * not even one group of rows fits are left to float64.
   */
  readonly memoryBytes?: number;
}

/** One base, whose rows are scored for queries. */
export interface FilteredBase {
  /** Of how many queries the `count` best rows fit into the filter's memory; 0 where it cannot find so many at all. */
  mostQueries(count: number): number;
  /**
   * The `count` best rows for each of `rows` of `query`, at most `mostQueries(count)`; undefined where the base leaves the
   * range of the filter.
   */
  candidates(query: Matrix, rows: Uint32Array, count: number): Promise<Candidates | undefined>;
}

/** Finds the likely nearest rows in f32 by ONNX Runtime, with bounds that tell what is certain (filter.bounds.ts). */
export interface NearestFilter {
  /** Lets `use` score the rows of a base. One at a time: what the rows are copied to is kept, and used again. */
  over<Result>(base: Matrix, metric: DistanceMetric, use: (filtered: FilteredBase) => Promise<Result>): Promise<Result>;
  dispose(): void;
}

const defaultMemoryBytes = 2 ** 27;
/** More rows at a time make no product faster, and their scores leave the caches. */
const mostBaseRows = 16_384;
const mostQueryRows = 1024;

interface Chunks {
  /** Rows of both sides that are multiplied at a time. */
  readonly queryRows: number;
  readonly baseRows: number;
  /** Queries whose candidates are kept. */
  readonly listedRows: number;
}

/**
 * Cuts a search for the `count` best of m rows so that `memoryBytes` hold it. A quarter is for placed rows of the base, a
 * quarter for candidates (row u32, score f64) and offsets, half for a chunk of queries:
 *   placed, 4 width a query;
 *   in ONNX Runtime: the scores of a query, 4 a base row, and their smallest, 4 for `groupRows` of them; for each of the
 *     `count` kept: its group's scores, 4 groupRows, and some 68 of places, groups and rows in int64. Its arena grows by
 *     doubling, so all of this counts twice.
 */
function planChunks(m: number, width: number, count: number, memoryBytes: number): Chunks {
  const quarter = memoryBytes / 4;
  const baseGroups = Math.floor(Math.min(mostBaseRows, quarter / (4 * width)) / groupRows);
  const baseRows = Math.min(m, baseGroups * groupRows);
  const kept = Math.min(count, baseRows);
  const queryBytes = 4 * width + 2 * (baseRows * (4 + 4 / groupRows) + kept * (4 * groupRows + 68));
  const listedRows = Math.floor(quarter / (12 * Math.min(count, m) + 8));
  const queryRows = Math.min(mostQueryRows, listedRows, Math.floor((2 * quarter) / queryBytes));
  return { queryRows, baseRows, listedRows: baseRows > 0 && queryRows > 0 ? listedRows : 0 };
}

interface Opened {
  readonly ort: OnnxRuntime;
  readonly session: OnnxSession;
}

/** Memory that is given again: fresh pages take longer than what is written to them. */
function createBuffer(): (length: number) => Float32Array {
  let kept = new Float32Array(0);
  return (length) => {
    if (kept.length < length) kept = new Float32Array(length);
    return kept.subarray(0, length);
  };
}

/** Makes the filter; its one session is opened at the first use. */
export function createNearestFilter(options: FilterOptions = {}): NearestFilter {
  const { threads = 2, backend = 'auto', memoryBytes = defaultMemoryBytes } = options;
  const baseBuffer = createBuffer();
  const queryBuffer = createBuffer();
  let opening: Promise<Opened> | undefined;
  let isDisposed = false;
  let last: Promise<unknown> = Promise.resolve();

  const open = async (): Promise<Opened> => {
    const ort = await loadOnnxRuntime(backend, threads);
    return { ort, session: await openSession(ort, filterModel(), threads) };
  };
  const opened = (): Promise<Opened> => {
    if (isDisposed) throw new DisposedError('nearest: used after dispose()');
    opening ??= open().catch((error) => {
      opening = undefined;
      throw error;
    });
    return opening;
  };

  const filteredBase = (base: Matrix, metric: DistanceMetric): FilteredBase => {
    const { n: m, d } = base;
    const width = d + 1;
    const writer = createRowWriter(base, metric);
    /** The part of the base that lies in its buffer. */
    let written = -1;
    return {
      mostQueries: (count) => planChunks(m, width, count, memoryBytes).listedRows,
      async candidates(query, rows, count) {
        const { ort, session } = await opened();
        const { Tensor } = ort;
        const lists = new CandidateLists(rows.length, Math.min(count, m));
        const offsets = new Float64Array(rows.length);
        const { queryRows, baseRows } = planChunks(m, width, count, memoryBytes);
        for (let first = 0; first < m; first += baseRows) {
          const baseCount = Math.min(baseRows, m - first);
          const groupCount = Math.ceil(baseCount / groupRows);
          const placedBase = baseBuffer(groupCount * groupRows * width);
          if (written !== first && !writer.base(first, baseCount, placedBase)) return undefined;
          written = first;
          const kept = Math.min(lists.count, baseCount);
          const feeds = {
            base: new Tensor('float32', placedBase, [groupCount * groupRows, width]),
            count: new Tensor('int64', BigInt64Array.of(BigInt(kept)), [1]),
            groupCount: new Tensor('int64', BigInt64Array.of(BigInt(Math.min(kept, groupCount))), [1]),
          };
          for (let start = 0; start < rows.length; start += queryRows) {
            const part = rows.subarray(start, start + queryRows);
            const placed = queryBuffer(part.length * width);
            writer.queries(query, part, placed, offsets.subarray(start, start + part.length));
            const found = await session.run({ ...feeds, query: new Tensor('float32', placed, [part.length, width]) });
            lists.merge(start, kept, first, found.scores.data as Float32Array, found.rows.data as Int32Array);
          }
        }
        return lists.finish(offsets);
      },
    };
  };

  return {
    over(base, metric, use) {
      const result = last.then(() => use(filteredBase(base, metric)));
      last = result.catch(() => undefined);
      return result;
    },
    dispose() {
      isDisposed = true;
      // What did not open, its user was told. Nobody waits for the release: where it fails, the rejection stays unhandled,
      // as loud as any bug.
      void opening?.then(
        ({ session }) => last.then(() => session.release()),
        () => undefined,
      );
      opening = undefined;
    },
  };
}
