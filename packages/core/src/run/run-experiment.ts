import type { Split } from '../data/image-set.ts';
import { splitToJson } from '../data/split-json.ts';
import type { FileStore } from '../files/file-store.ts';
import { parseJson } from '../files/parse-json.ts';
import type { KeptMatrix } from '../latent-ops/latent-ops.ts';
import { renderReport } from '../report/report.ts';
import { runArms } from './arm-stage.ts';
import { type TrainedBackbone, trainBackbone } from './backbone-stage.ts';
import { beginRun } from './begin-run.ts';
import { buildRecord } from './build-record.ts';
import { evaluateArms } from './evaluation-stage.ts';
import { createHeadRetraining } from './head-retraining.ts';
import { createJointRetraining } from './joint-retraining.ts';
import { type Pairing, pairClasses } from './pairing-stage.ts';
import { type Projection, projectImages } from './projection-stage.ts';
import type { RunRecord } from './record.ts';
import { runRecordSchema } from './record.ts';
import { reportExtras } from './report-extras.ts';
import type { RunContext } from './run-context.ts';
import { extrasFile, recordFile, reportFile, splitFile } from './run-files.ts';
import type { RunInput } from './run-input.ts';

/**
 * A whole run: split, backbone, projection, pairing, all arms, evaluation, record and report. It goes on from
 * its checkpoints when it is resumed, and a finished run is returned as it is.
 * @throws InvalidOptionError, InvalidInputError for options that do not go together or do not fit the data,
 * before anything is trained
 * @throws the signal's reason when it is aborted; the last checkpoint stands
 */
export async function runExperiment(input: RunInput): Promise<RunRecord> {
  const { dataset, files, onEvent } = input;
  const { context, sitting, split, sizes, statistics, table } = await beginRun(input);
  const finished = input.resume ? await readRecord(files) : undefined;
  if (finished !== undefined) return finished;
  const { json: splitJson, hash: splitHash } = await splitToJson(split, dataset);
  const keepsAll = context.outputs === 'all';
  if (keepsAll) await writeText(files, splitFile, splitJson);
  let kept: KeptMatrix | undefined;
  let backbone: TrainedBackbone | undefined;
  try {
    backbone = await trainBackbone(context, split, table);
    const projected = await projectImages(context, split, table, backbone);
    kept = await input.latentOps.keep(projected.train.latents);
    const projection = { ...projected, train: { ...projected.train, latents: kept.matrix } };
    const pairing = await pairClasses(context, sizes, projection, backbone.state.weights);
    const { control, arms } = await retrainArms(context, { split, table, backbone, projection, pairing });
    const { startedAt, resumedCount, peakMemoryBytes, elapsedMs: totalMs } = sitting.soFar();
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
        control,
        arms,
        startedAt,
        resumedCount,
        peakMemoryBytes,
        totalMs,
      }),
    );
    if (keepsAll) {
      onEvent({ kind: 'stage', stage: 'report', message: 'drawing the report' });
      const extras = reportExtras(dataset.classNames, pairing, arms.values());
      await writeText(files, extrasFile, JSON.stringify(extras));
      await writeText(files, reportFile, renderReport({ record, extras }));
    }
    // Last, since it says that all the rest is there.
    await writeText(files, recordFile, `${JSON.stringify(record, undefined, 1)}\n`);
    await removeCheckpoints(files);
    return record;
  } catch (error) {
    await sitting.save();
    throw error;
  } finally {
    kept?.release();
    backbone?.model.dispose();
  }
}

interface TrainedParts {
  readonly split: Split;
  readonly table: Float32Array;
  readonly backbone: TrainedBackbone;
  readonly projection: Projection;
  readonly pairing: Pairing;
}

/** All arms, trained and evaluated. */
async function retrainArms(context: RunContext, parts: TrainedParts): ReturnType<typeof evaluateArms> {
  const { backbone, projection, pairing } = parts;
  const retraining =
    context.config.method.retraining === 'joint'
      ? await createJointRetraining(context, parts)
      : await createHeadRetraining(context, projection, pairing, backbone.state.weights);
  try {
    const arms = await runArms(context, pairing, retraining);
    return await evaluateArms(context, { backbone, projection, pairing, retraining, arms });
  } finally {
    await retraining.dispose();
  }
}

/** The record of a finished run; undefined while there is none. */
export async function readRecord(files: FileStore): Promise<RunRecord | undefined> {
  const bytes = await files.read(recordFile);
  return bytes === undefined ? undefined : runRecordSchema.parse(parseJson(bytes, recordFile));
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
