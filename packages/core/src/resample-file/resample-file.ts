import { InvalidOptionError, type Matrix } from '@csx/wgsl-kernels';
import { readClassifierHead } from '../files/latent-files/classifier-file.ts';
import type { LatentFile, LatentFormat, LatentNames } from '../files/latent-files/latent-file.ts';
import { latentFormatOf, openLatents } from '../files/latent-files/open-latents.ts';
import { latentOutputPaths, writeLatents } from '../files/latent-files/write-latents.ts';
import { openRowFile } from '../files/row-file.ts';
import { storedBytes } from '../files/stored-values.ts';
import type { LatentOps } from '../latent-ops/latent-ops.ts';
import type { ClassifierHead } from '../method/placement.ts';
import { eachBlock, scanRows } from '../out-of-core/scan-rows.ts';
import { csxVersion } from '../run/version.ts';
import { blendInBlocks } from '../samplers/blend-in-blocks.ts';
import { type Classifier, headLogits } from '../samplers/extrapolation.ts';
import { fitResample } from '../samplers/fit-resample.ts';
import { planResample } from '../samplers/plan-resample.ts';
import type { ResampleOptions, ResampleOptionsInput } from '../samplers/resample-options.ts';
import { type DecidedRows, decideRows } from '../samplers/row-provenance.ts';
import { bytesInMemory, sampleInBlocks, samplersInBlocks } from '../samplers/sample-in-blocks.ts';
import type { TrainingEngine } from '../training/engine.ts';
import { fitLinearProbe, linearProbeOptions } from '../training/linear-probe.ts';
import { type LabelClasses, type NamedStrategy, numberClasses, numberStrategy } from './label-classes.ts';

export interface ResampleFileInput {
  readonly input: string;
  readonly output: string;
  /** Arrays or columns of the input, where they are not clear; see `openLatents`. */
  readonly latents?: string | undefined;
  readonly labels?: string | undefined;
  /** A sampler and its options; counts of the strategy by class names. */
  readonly options: Omit<ResampleOptionsInput, 'samplingStrategy'>;
  readonly strategy?: NamedStrategy | undefined;
  /** [n, c] logits of the latents: an `.npy` file, or an `.npz` file and perhaps an array in it. */
  readonly logits?: { readonly path: string; readonly member?: string | undefined } | undefined;
  /** A linear classifier of the latents: see `readClassifierHead`. */
  readonly classifier?: string | undefined;
  /** For rows, neighbors and buffers at a time, of host and device together. */
  readonly memoryBytes: number;
  /** Where rows go that cannot be read in place. */
  readonly scratchDirectory: string;
}

/** What `resampleFile` computes with, and whom it tells. */
export interface ResampleFileResources {
  readonly ops: LatentOps;
  /** Opened where a linear probe is to be fitted. */
  readonly openEngine: () => Promise<TrainingEngine>;
  readonly onStage?: ((stage: string, message: string) => void) | undefined;
  readonly onProgress?: ((stage: string, done: number, total: number, unit: string) => void) | undefined;
  /** What a user should know, a sentence each. */
  readonly onNote?: ((note: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface ResampledFile {
  readonly files: readonly string[];
  readonly n: number;
  readonly newCount: number;
  readonly d: number;
  readonly type: LatentFile['type'];
  readonly method: string;
  readonly classes: readonly { readonly name: string; readonly originalCount: number; readonly newCount: number }[];
  readonly classifier: 'none' | 'given' | 'linear probe';
  readonly notes: readonly string[];
}

/**
 * Adds rows to a file of latents, as `fitResample` does, and writes all of them with where the new ones come from: given
 * rows first, in their order and with their bits.
 *
 * The methods of `samplersInBlocks` read rows block by block, so that neither file needs to fit into memory; others take
 * all rows at once, if `memoryBytes` allow it.
 *
 * @throws InvalidOptionError (options; a method that needs more memory), InvalidInputError (rows that are not finite,
 * listed up to ten), DataFormatError and StorageError (files), the signal's reason.
 */
export async function resampleFile(
  request: ResampleFileInput,
  resources: ResampleFileResources,
): Promise<ResampledFile> {
  const { onStage, onProgress, onNote, signal } = resources;
  const notes: string[] = [];
  const note = (text: string) => {
    notes.push(text);
    onNote?.(text);
  };
  latentFormatOf(request.output);
  onStage?.('read', request.input);
  const file = await openLatents(request.input, {
    latents: request.latents,
    labels: request.labels,
    scratchDirectory: request.scratchDirectory,
    onProgress: (done, total) => onProgress?.('read', done / 2 ** 20, total / 2 ** 20, 'MiB'),
    signal,
  });
  try {
    const classes = numberClasses(file.labels);
    const samplingStrategy = numberStrategy(request.strategy ?? 'auto', file.labels, classes);
    const plan = planResample(classes.labels, { ...request.options, samplingStrategy } as ResampleOptionsInput);
    for (const text of plan.notes) note(named(text, classes));
    if (file.others.length > 0) note(`Not copied: ${file.others.join(', ')}.`);
    onStage?.('scan', `${file.n} x ${file.d} rows of ${file.type}`);
    const scan = await scanRows(file, classes.labels, classes.classCount, {
      onProgress: (done) => onProgress?.('scan', done, file.n, 'rows'),
      ...(signal && { signal }),
    });
    const newCount = plan.counts.reduce((sum, own) => sum + own.newCount, 0);
    const searchBytes = request.memoryBytes - keptBytes(file, classes, newCount);
    const { classifier, origin } = await openClassifier(request, file, classes, scan, plan.options, resources, note);
    onStage?.('decide', `${newCount} new rows by ${plan.options.sampler}`);
    let decided: DecidedRows;
    if (samplersInBlocks.includes(plan.options.sampler)) {
      const parts = await sampleInBlocks(
        { source: file, labels: classes.labels, classCount: classes.classCount, plan, scan, classifier },
        resources.ops,
        {
          memoryBytes: searchBytes,
          onSearch: (what) => onStage?.('search', named(what, classes)),
          onProgress: ({ doneCount, totalCount }) =>
            onProgress?.('search', doneCount / 1e6, totalCount / 1e6, 'million distances'),
          signal,
        },
      );
      decided = decideRows(plan, parts);
    } else {
      requireMemory(plan.options, file, newCount, searchBytes);
      const data = new Float32Array(file.n * file.d);
      await file.read(0, file.n, data);
      const matrix = { data, n: file.n, d: file.d };
      decided = await fitResample(matrix, classes.labels, plan.options, { ops: resources.ops, classifier });
    }
    for (const text of decided.notes) note(named(text, classes));
    onStage?.('write', request.output);
    await write(request, file, classes, decided, plan.options, origin, resources);
    return {
      files: latentOutputPaths(request.output),
      n: file.n,
      newCount: decided.provenance.labels.length,
      d: file.d,
      type: file.type,
      method: plan.options.sampler,
      classes: decided.counts.map(({ label, ...counts }) => ({ name: classes.nameOf(label), ...counts })),
      classifier: origin,
      notes,
    };
  } finally {
    await file.close();
  }
}

/** Samplers speak of classes by number. */
const named = (text: string, { nameOf }: LabelClasses) =>
  text.replace(/\b([Cc]lass) (\d+)\b/g, (_, word: string, label: string) => `${word} ${nameOf(Number(label))}`);

/** What is in memory beside the blocks: labels and rows of classes, logits, and where new rows come from. */
function keptBytes({ n }: LatentFile, { classCount }: LabelClasses, newCount: number): number {
  return n * (16 + 4 * classCount) + 64 * newCount;
}

function requireMemory({ sampler }: ResampleOptions, { n, d }: LatentFile, newCount: number, bytes: number): void {
  const needed = bytesInMemory({ n, d }, newCount);
  if (needed <= bytes) return;
  const mebibytes = (value: number) => `${Math.ceil(value / 2 ** 20)} MiB`;
  throw new InvalidOptionError(
    `resample: ${sampler} needs all ${n} rows of ${d} values in memory, about ${mebibytes(needed)}; ${mebibytes(Math.max(0, bytes))} are left of the bound`,
    { hint: `Raise the memory, or take a method that reads rows in blocks: ${samplersInBlocks.join(', ')}.` },
  );
}

/** What the method reads of a classifier: files that are given, else a linear probe. */
async function openClassifier(
  request: ResampleFileInput,
  file: LatentFile,
  { labels, classCount }: LabelClasses,
  scan: Awaited<ReturnType<typeof scanRows>>,
  options: ResampleOptions,
  { openEngine, onStage, onProgress, signal }: ResampleFileResources,
  note: (text: string) => void,
): Promise<{ classifier: Classifier; origin: ResampledFile['classifier'] }> {
  if (options.sampler !== 'extrapolation' || options.arm === 'random') return { classifier: {}, origin: 'none' };
  if (request.logits || request.classifier) {
    const head = request.classifier ? await readClassifierHead(request.classifier) : undefined;
    if (head && (head.weights.n !== file.d || head.weights.d < classCount))
      throw new InvalidOptionError(
        `${request.classifier}: a classifier of ${head.weights.n} values and ${head.weights.d} classes, the latents have ${file.d} values and ${classCount} classes`,
      );
    const logits = request.logits
      ? await readLogits(request.logits, file.n, classCount)
      : await logitsOf(file, head as ClassifierHead, signal);
    return { classifier: { head, logits }, origin: 'given' };
  }
  note(
    `No classifier was given: a linear probe is fitted to the latents (${linearProbeOptions.epochs} epochs); --logits or --classifier take your own.`,
  );
  onStage?.('probe', `a linear probe, ${linearProbeOptions.epochs} epochs`);
  const probe = await fitLinearProbe(
    {
      source: file,
      labels,
      classCount,
      scan,
      seed: options.seed,
      onProgress: (done, total) => onProgress?.('probe', done, total, 'steps'),
      signal,
    },
    await openEngine(),
  );
  const head = { weights: { data: probe.kernel, n: file.d, d: classCount }, bias: probe.bias };
  return { classifier: { head, logits: await logitsOf(file, head, signal) }, origin: 'linear probe' };
}

async function readLogits(
  { path, member }: { readonly path: string; readonly member?: string | undefined },
  n: number,
  classCount: number,
): Promise<Matrix> {
  const rows = await openRowFile(path, member);
  try {
    if (rows.n !== n || rows.d < classCount)
      throw new InvalidOptionError(
        `${path}: logits of ${rows.n} rows and ${rows.d} classes, the latents have ${n} rows and ${classCount} classes`,
      );
    const data = new Float32Array(n * rows.d);
    await rows.read(0, n, data);
    const at = data.findIndex((value) => !Number.isFinite(value));
    if (at >= 0) throw new InvalidOptionError(`${path}: row ${Math.floor(at / rows.d)} holds ${data[at]}`);
    return { data, n, d: rows.d };
  } finally {
    await rows.close();
  }
}

async function logitsOf(file: LatentFile, head: ClassifierHead, signal: AbortSignal | undefined): Promise<Matrix> {
  const c = head.bias.length;
  const data = new Float32Array(file.n * c);
  await eachBlock(
    file,
    (values, first, count) => data.set(headLogits({ data: values, n: count, d: file.d }, head).data, first * c),
    signal,
  );
  return { data, n: file.n, d: c };
}

/** More does not make it faster. */
const mostBlendBytes = 2 ** 28;
/** Bytes of given rows that are copied at a time. */
const copyBytes = 2 ** 22;

async function write(
  request: ResampleFileInput,
  file: LatentFile,
  classes: LabelClasses,
  { provenance, counts }: DecidedRows,
  options: ResampleOptions,
  classifier: ResampledFile['classifier'],
  { onProgress, signal }: ResampleFileResources,
): Promise<void> {
  const { n, d, type, labels } = file;
  const newCount = provenance.labels.length;
  const blendBytes = Math.min(mostBlendBytes, request.memoryBytes / 2);
  const indices = new Uint32Array(n + newCount);
  indices.set(labels.indices);
  indices.set(provenance.labels.map(classes.indexOf), n);
  const rowBytes = d * storedBytes[type];
  const blockRows = Math.max(1, Math.floor(copyBytes / rowBytes));
  async function* given() {
    const space = new Uint8Array(blockRows * rowBytes);
    for (let first = 0; first < n; first += blockRows) {
      signal?.throwIfAborted();
      const count = Math.min(blockRows, n - first);
      await file.readStored(first, count, space);
      yield space.subarray(0, count * rowBytes);
      onProgress?.('write', first + count, n + newCount, 'rows');
    }
  }
  async function* behind() {
    let done = 0;
    for await (const values of blendInBlocks(file, provenance, blendBytes, signal)) {
      yield values;
      done += values.length / d;
      onProgress?.('write', n + done, n + newCount, 'rows');
    }
  }
  await writeLatents(request.output, {
    n,
    newCount,
    d,
    type,
    names: namesWithin(latentFormatOf(request.output), file.names),
    labels: { ...labels, indices },
    provenance,
    settings: {
      program: `csx ${csxVersion}`,
      rows: `rows from ${n} on are weights[0] * row parents[0] + weights[1] * row parents[1]`,
      options: { ...options, samplingStrategy: request.strategy ?? 'auto' },
      classifier,
      ...(classifier === 'linear probe' && { linearProbe: linearProbeOptions }),
      counts: Object.fromEntries(counts.map(({ label, ...own }) => [classes.nameOf(label), own])),
    },
    rows: { given: given(), behind: behind() },
    text: latentFormatOf(request.output) === 'csv' ? file.text : undefined,
  });
}

/** Names of the source, or the usual ones where it has none: `.npy` files, and tables that become arrays. */
function namesWithin(format: LatentFormat, names: LatentNames): LatentNames {
  const labels = names.labels || 'labels';
  const latents = names.columns || names.latents === '' ? 'latents' : names.latents;
  const isTable = format === 'csv' || format === 'parquet';
  return { latents, labels, ...(isTable && names.columns && { columns: names.columns }) };
}
