import { createNearestSearch, createNeighbors, type Matrix } from '@csx/wgsl-kernels';
import { rowsOf } from '../peers/class-rows.ts';
import type { SampledPart, SamplerTask } from '../worker/protocol.ts';
import { writeArray } from '../worker/task-files.ts';
import type { BenchCase, BenchContext, Judgement } from './bench-case.ts';
import { normalValues } from './random-values.ts';

/** As many large classes as small ones, each of so many rows. */
export interface SampledClasses {
  readonly largeCount: number;
  readonly smallCount: number;
  /** Of each kind. */
  readonly classCount: number;
  readonly d: number;
}

const searched = 6;
/** Rows of a class whose neighbors are searched by brute force in float64, spread over all of them. */
const sampledRows = 8;

/** Classes interleaved, the large ones first. */
function labelsOf({ largeCount, smallCount, classCount }: SampledClasses): Uint32Array {
  const labels: number[] = [];
  for (let at = 0; at < largeCount; at++)
    for (let label = 0; label < 2 * classCount; label++) if (label < classCount || at < smallCount) labels.push(label);
  return Uint32Array.from(labels);
}

/** Unit clouds around centers that are about as far apart as the clouds are wide, so that classes overlap. */
function latentsOf({ d, classCount }: SampledClasses, labels: Uint32Array, seed: number): Matrix {
  const centers = normalValues(2 * classCount * d, seed, 20).map((value) => value / Math.sqrt(d));
  const data = normalValues(labels.length * d, seed, 21);
  labels.forEach((label, row) => {
    for (let j = 0; j < d; j++) data[row * d + j] += centers[label * d + j];
  });
  return { data, n: labels.length, d };
}

/**
 * Squared distances of the neighbors found to some rows, beside float64's at the same place. Other libraries may compute
 * |a|^2 + |b|^2 - 2 a.b in f32: each distance is then off by at most (2 d + 8) u (|a|^2 + |b|^2), u = 2^-24, and so, with
 * all lengths at most |c|, is the one at any place in their order, beside the true one there. Ours have to be the same rows.
 */
function judgeNeighbors(classes: readonly Matrix[], values: Float32Array, isOwn: boolean): Judgement {
  let error = values.length === classes.reduce((sum, { n }) => sum + n * searched, 0) ? 0 : Number.POSITIVE_INFINITY;
  let start = 0;
  for (const rows of classes) {
    const search = createNearestSearch(rows, searched, 'squared-l2');
    const out = createNeighbors(rows.n, searched);
    let longest = 0;
    for (let row = 0; row < rows.n; row++) longest = Math.max(longest, squares(rows, row));
    for (let at = 0; at < Math.min(sampledRows, rows.n); at++) {
      const row = Math.floor((at * rows.n) / Math.min(sampledRows, rows.n));
      search.rows(rows, row, 1, out);
      for (let k = row * searched; k < (row + 1) * searched; k++) {
        const index = values[start + k];
        const off = isOwn
          ? Number(index !== out.indices[k])
          : Math.abs(squaredDistance(rows, row, index) - out.keys[k]) / (2 * longest);
        // Also for NaN, of a row that there is not.
        if (!(off <= error)) error = Number.isNaN(off) ? Number.POSITIVE_INFINITY : off;
      }
    }
    start += rows.n * searched;
  }
  return isOwn
    ? { what: 'neighbors that differ from sampled float64 searches', error, bound: 0 }
    : {
        what: 'how far the distances of sampled neighbors are from float64, as a share of squared lengths: f32 sums',
        error,
        bound: (2 * classes[0].d + 8) * 2 ** -24,
      };
}

function squares({ data, d }: Matrix, row: number): number {
  let sum = 0;
  for (let j = row * d; j < (row + 1) * d; j++) sum += data[j] * data[j];
  return sum;
}

function squaredDistance({ data, d }: Matrix, a: number, b: number): number {
  let sum = 0;
  for (let j = 0; j < d; j++) sum += (data[a * d + j] - data[b * d + j]) ** 2;
  return sum;
}

/** Which classes have how many rows is certain, but for ADASYN, which rounds the count of each row. */
function judgeCounts({ largeCount, smallCount, classCount }: SampledClasses, part: SampledPart, values: Float32Array) {
  let error = values.length === 2 * classCount ? 0 : Number.POSITIVE_INFINITY;
  values.forEach((count, label) => {
    const off = Math.abs(count - largeCount);
    error = Math.max(error, label >= classCount && part === 'adasyn' ? Math.max(0, off - smallCount / 2) : off);
  });
  return { what: 'rows of a class more or less than it should have', error, bound: 0 };
}

export function samplerCase(part: SampledPart, classes: SampledClasses, context: BenchContext): BenchCase {
  const { largeCount, smallCount, classCount, d } = classes;
  const n = classCount * (largeCount + smallCount);
  const treatedRows = classCount * smallCount;
  const made = classCount * (largeCount - smallCount);
  const within = 2 * treatedRows * smallCount * d;
  const flop = {
    neighbors: within,
    smote: within + 3 * made * d,
    // Neighbors of rows in danger only: at most those of all.
    'borderline-smote-1': 2 * treatedRows * n * d + within + 3 * made * d,
    adasyn: 2 * treatedRows * n * d + within + 3 * made * d,
  };
  return {
    suite: 'samplers',
    name: `${part === 'neighbors' ? 'neighbors of smote' : part}, ${n} x ${d}`,
    what:
      part === 'neighbors'
        ? `the nearest rows of its own class to each row of ${classCount} classes of ${smallCount}`
        : `${classCount} classes of ${smallCount} rows filled up to ${largeCount}, beside as many that are full`,
    shape: { n, ...classes },
    flop: flop[part],
    bytes: null,
    candidates: ['csx-gpu', 'csx-cpu', 'imblearn-cpu'],
    baseline: 'csx-cpu',
    async prepare(folder) {
      const { seed, adapter, threads } = context;
      const labels = labelsOf(classes);
      const latents = latentsOf(classes, labels, seed);
      await writeArray(folder, 'latents.f32', latents.data);
      await writeArray(folder, 'labels.u32', labels);
      const treated = Array.from({ length: classCount }, (_, at) => classCount + at);
      const task: SamplerTask = { kind: 'sampler', folder, adapter, threads, part, n, d, treated };
      const own = treated.map((label) => rowsOf(latents, labels, label));
      return {
        task,
        judge: (values, _reference, candidate) =>
          part === 'neighbors'
            ? judgeNeighbors(own, values, candidate.startsWith('csx-'))
            : judgeCounts(classes, part, values),
      };
    },
  };
}

/** The paper's split, 3:1 in ten classes, and five times as many rows. */
export function samplerSuite(context: BenchContext): readonly BenchCase[] {
  const paper = { largeCount: 3000, smallCount: 1000, classCount: 5, d: 512 };
  const large = { ...paper, largeCount: 15_000, smallCount: 5000 };
  return [
    ...(['neighbors', 'smote', 'borderline-smote-1', 'adasyn'] as const).map((part) =>
      samplerCase(part, paper, context),
    ),
    ...(['neighbors', 'smote'] as const).map((part) => samplerCase(part, large, context)),
  ];
}
