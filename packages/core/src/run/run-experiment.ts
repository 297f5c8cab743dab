import { createHeadModel, modelToFiles } from '../backbone/model-files.ts';
import { quietTfjs } from '../backbone/quiet-tfjs.ts';
import { writeWeights } from '../backbone/weights.ts';
import type { ImageDataset } from '../data/image-set.ts';
import { makeSplit, trainCountsOf } from '../data/split.ts';
import { splitToJson } from '../data/split-json.ts';
import { channelStatistics, standardizationTable } from '../data/standardize.ts';
import type { FileStore } from '../files/file-store.ts';
import { writeNpz } from '../files/npz.ts';
import type { LatentOps } from '../latent-ops/latent-ops.ts';
import { renderReport } from '../report/report.ts';
import type { TrainingEngine } from '../training/engine.ts';
import { type ArmResult, classifierHead, runArms, startingHead } from './arm-stage.ts';
import { syntheticArrays } from './arm-state.ts';
import { trainBackbone } from './backbone-stage.ts';
import { buildRecord } from './build-record.ts';
import type { ArmName, RunConfig } from './config.ts';
import type { RunEvent } from './events.ts';
import { pairClasses, sizesOf } from './pairing-stage.ts';
import { projectImages } from './projection-stage.ts';
import type { RunRecord } from './record.ts';
import { runRecordSchema } from './record.ts';
import { reportExtras } from './report-extras.ts';
import type { RunContext } from './run-context.ts';
import { extrasFile, recordFile, reportFile, splitFile } from './run-files.ts';
import { openRun, writeIdentity } from './run-identity.ts';

export interface RunInput {
  readonly config: RunConfig;
  readonly dataset: ImageDataset;
  readonly latentOps: LatentOps;
  readonly engine: TrainingEngine;
  /** Where checkpoints and results go. */
  readonly files: FileStore;
  /** Go on with the run that `files` holds. */
  readonly resume: boolean;
  readonly environment: RunRecord['environment'];
  readonly onEvent: (event: RunEvent) => void;
  readonly signal?: AbortSignal | undefined;
  /** Peak resident memory of the process so far, in bytes; 0 where the runtime does not tell. */
  readonly peakMemoryBytes: () => number;
}

/**
 * A whole run: split, backbone, projection, pairing, all arms, evaluation, record and report. It goes on from
 * its checkpoints when it is resumed, and a finished run is returned as it is.
 * @throws InvalidOptionError, InvalidInputError for options that do not go together or do not fit the data,
 * before anything is trained
 * @throws the signal's reason when it is aborted; the last checkpoint stands
 */
export async function runExperiment(input: RunInput): Promise<RunRecord> {
  const { config, dataset, files, onEvent } = input;
  const context: RunContext = { ...input, emit: onEvent, signal: input.signal };
  const sittingStart = performance.now();
  quietTfjs();

  onEvent({ kind: 'stage', stage: 'data', message: `splitting ${dataset.name}` });
  const split = makeSplit(dataset, {
    seed: config.seed,
    trainCounts: trainCountsOf(dataset.classNames, config.data),
    heldOutCount: config.data.heldOutCount,
    ...(config.data.testCount !== undefined && { testCount: config.data.testCount }),
  });
  const sizes = sizesOf(context, split.classCounts);
  const identity = await openRun(context, input.resume);
  const finished = input.resume ? await readRecord(files) : undefined;
  if (finished !== undefined) return finished;
  const { json: splitJson, hash: splitHash } = await splitToJson(split, dataset);
  await files.write(splitFile, new TextEncoder().encode(splitJson));

  const statistics = channelStatistics(dataset.train, split.train);
  const table = standardizationTable(statistics);
  try {
    const backbone = await trainBackbone(context, split, table);
    const projection = await projectImages(context, split, table, backbone);
    const head = startingHead(backbone.state.weights);
    const pairing = await pairClasses(context, sizes, projection, head.weights);
    const arms = await runArms(context, projection, pairing, head);

    onEvent({ kind: 'stage', stage: 'evaluation', message: `evaluating on ${split.test.length} test images` });
    writeWeights(backbone.model, backbone.state.weights);
    await writeModels(files, backbone.model, projection.train.latents.d, arms);
    const record = runRecordSchema.parse(
      buildRecord(context, {
        environment: input.environment,
        classCounts: split.classCounts,
        splitFile,
        splitHash,
        statistics,
        backbone,
        projection,
        pairing,
        arms,
        startedAt: identity.startedAt,
        resumedCount: identity.resumedCount,
        peakMemoryBytes: Math.max(identity.peakMemoryBytes, input.peakMemoryBytes()),
        totalMs: identity.elapsedMs + performance.now() - sittingStart,
      }),
    );
    onEvent({ kind: 'stage', stage: 'report', message: 'drawing the report' });
    const extras = reportExtras(dataset.classNames, pairing, head.weights, arms);
    await writeText(files, extrasFile, JSON.stringify(extras));
    await writeText(files, reportFile, renderReport({ record, extras }));
    // Last, since it says that all the rest is there.
    await writeText(files, recordFile, `${JSON.stringify(record, undefined, 1)}\n`);
    await removeCheckpoints(files);
    return record;
  } catch (error) {
    // The next sitting adds its own time and memory to these.
    await writeIdentity(files, {
      ...identity,
      peakMemoryBytes: Math.max(identity.peakMemoryBytes, input.peakMemoryBytes()),
      elapsedMs: identity.elapsedMs + performance.now() - sittingStart,
    });
    throw error;
  }
}

/** The record of a finished run; undefined while there is none. */
export async function readRecord(files: FileStore): Promise<RunRecord | undefined> {
  const bytes = await files.read(recordFile);
  return bytes === undefined ? undefined : runRecordSchema.parse(JSON.parse(new TextDecoder().decode(bytes)));
}

async function writeModels(
  files: FileStore,
  backbone: Parameters<typeof modelToFiles>[0],
  d: number,
  arms: ReadonlyMap<ArmName, ArmResult>,
): Promise<void> {
  const save = async (folder: string, model: Parameters<typeof modelToFiles>[0]) => {
    for (const [name, bytes] of await modelToFiles(model)) await files.write(`models/${folder}/${name}`, bytes);
  };
  await save('backbone', backbone);
  for (const [arm, { state }] of arms) {
    const head = createHeadModel(d, classifierHead(state.head.weights).bias.length, arm);
    writeWeights(head, state.head.weights);
    await save(`heads/${arm}`, head);
    head.dispose();
    if (state.synthetic.latents.n > 0)
      await files.write(`synthetic/${arm}.npz`, writeNpz(syntheticArrays(state.synthetic)));
  }
}

/** Training states are of no use to a finished run; its identity stays, for `--resume` and for `--out` that is taken. */
async function removeCheckpoints(files: FileStore): Promise<void> {
  for (const name of await files.list()) {
    if (name.startsWith('checkpoint/') && name.endsWith('.npz')) await files.remove(name);
  }
}

async function writeText(files: FileStore, name: string, text: string): Promise<void> {
  await files.write(name, new TextEncoder().encode(text));
}
