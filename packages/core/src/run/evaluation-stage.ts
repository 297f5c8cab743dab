import { createHeadModel, modelToFiles } from '../backbone/model-files.ts';
import { writeWeights } from '../backbone/weights.ts';
import { writeNpz } from '../files/npz.ts';
import { evaluate } from '../metrics/evaluate.ts';
import type { ReportExtras } from '../report/extras.ts';
import type { Weights } from '../training/engine.ts';
import { linearLogits } from '../training/linear-logits.ts';
import { type ArmResult, classifierHead } from './arm-stage.ts';
import { syntheticArrays } from './arm-state.ts';
import type { TrainedBackbone } from './backbone-stage.ts';
import type { ArmName } from './config.ts';
import type { Pairing } from './pairing-stage.ts';
import type { ProjectedPart, Projection } from './projection-stage.ts';
import type { Evaluation } from './record.ts';
import { armPictures } from './report-extras.ts';
import type { FinalLatents, Retraining } from './retraining.ts';
import type { RunContext } from './run-context.ts';

export interface EvaluatedArm extends ArmResult {
  readonly evaluation: Evaluation;
  readonly pictures: ReportExtras;
}

export interface EvaluationInput {
  readonly backbone: TrainedBackbone;
  readonly projection: Projection;
  readonly pairing: Pairing;
  readonly retraining: Retraining;
  readonly arms: ReadonlyMap<ArmName, ArmResult>;
}

const noPictures: ReportExtras = { latentMaps: [], minorWeights: [] };

/** Evaluates the control and every arm on the test images, and writes their models and synthetic latents. */
export async function evaluateArms(
  context: RunContext,
  { backbone, projection, pairing, retraining, arms }: EvaluationInput,
): Promise<{ control: Evaluation; arms: Map<ArmName, EvaluatedArm> }> {
  const { dataset, emit, config } = context;
  const { classNames } = dataset;
  const { n: testCount } = projection.test.latents;
  emit({ kind: 'stage', stage: 'evaluation', message: `evaluating on ${testCount} test images` });
  const evaluateOn = (test: ProjectedPart, weights: Weights): Evaluation =>
    evaluate({
      logits: linearLogits(test.latents, weights),
      labels: test.labels,
      classNames,
      classPairs: pairing.pairs.map(({ minor, major }) => ({ minor: classNames[minor], major: classNames[major] })),
      minorClasses: pairing.sizes.minors.map((k) => classNames[k]),
    });
  const total = arms.size * (testCount + projection.train.latents.n);
  let done = 0;
  const onImages = (count: number) => {
    done += count;
    emit({ kind: 'progress', stage: 'evaluation', done, total, unit: 'images' });
  };
  const evaluated = new Map<ArmName, EvaluatedArm>();
  const keepsAll = context.outputs === 'all';
  if (keepsAll) await saveModel(context, 'backbone', backbone, backbone.state.weights);
  for (const [arm, result] of arms) {
    const { weights } = result.state.network;
    const latents = await retraining.finalLatents(result.state, onImages);
    evaluated.set(arm, {
      ...result,
      evaluation: evaluateOn(latents.test, weights),
      pictures: keepsAll ? armPictures(classNames, pairing, arm, latents, weights) : noPictures,
    });
    if (!keepsAll) continue;
    if (config.method.retraining === 'head') await saveHead(context, arm, weights, latents);
    else await saveModel(context, `networks/${arm}`, backbone, weights);
    if (latents.synthetic.latents.n > 0)
      await context.files.write(`synthetic/${arm}.npz`, writeNpz(syntheticArrays(latents.synthetic)));
  }
  return { control: evaluateOn(projection.test, backbone.state.weights), arms: evaluated };
}

async function saveModel(
  { files }: RunContext,
  folder: string,
  { model }: TrainedBackbone,
  weights: Weights,
): Promise<void> {
  writeWeights(model, weights);
  for (const [name, bytes] of await modelToFiles(model)) await files.write(`models/${folder}/${name}`, bytes);
}

async function saveHead({ files }: RunContext, arm: ArmName, weights: Weights, { train }: FinalLatents): Promise<void> {
  const head = createHeadModel(train.d, classifierHead(weights).bias.length, arm);
  writeWeights(head, weights);
  for (const [name, bytes] of await modelToFiles(head)) await files.write(`models/heads/${arm}/${name}`, bytes);
  head.dispose();
}
