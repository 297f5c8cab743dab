import type { Split } from '../data/image-set.ts';
import type { KeptMatrix } from '../latent-ops/latent-ops.ts';
import { plainLoss } from '../method/arm-loss.ts';
import { blendLatents } from '../method/blend-latents.ts';
import { gatherRows } from '../method/class-rows.ts';
import { jointTrainingFlop } from '../method/cost.ts';
import type { SyntheticLatents } from '../method/extrapolation-round.ts';
import { prepareLatents } from '../method/prepare-latents.ts';
import { permutation } from '../random/permutation.ts';
import { createStream } from '../random/stream.ts';
import type { LatentBatch } from '../training/engine.ts';
import { forwardFlop, trainFlop } from '../training/graph/flop.ts';
import type { TrainedBackbone } from './backbone-stage.ts';
import type { RunConfig } from './config.ts';
import { augmentationOf, trainImageEpoch } from './image-epoch.ts';
import { jointRate } from './joint-rate.ts';
import { LossSwitch } from './loss-switch.ts';
import type { Pairing } from './pairing-stage.ts';
import { forwardBatch, projectRows } from './projection-stage.ts';
import type { Retraining } from './retraining.ts';
import type { RunContext } from './run-context.ts';

export interface JointInput {
  readonly split: Split;
  /** Of `standardizationTable`. */
  readonly table: Float32Array;
  /** The network after its first epochs, with its momenta. */
  readonly backbone: TrainedBackbone;
  readonly pairing: Pairing;
}

/**
 * The whole network on images, as in the first epochs, and its last layer on synthetic latents too. Each step takes
 * `batchSize` images and its share of the synthetic latents, so that an epoch sees every one of both once; a latent
 * weighs as much as an image and passes no gradient on to the layers before the last.
 *
 * Every arm sees the same images in the same order, with the same learning rates. The network moves, so latents of
 * rows are projected anew at the start of each round, sample pairs are found again, and synthetic latents follow
 * their parents; within the epochs of an iteration they stay. (Projecting all rows costs a third of an epoch.)
 */
export async function createJointRetraining(context: RunContext, input: JointInput): Promise<Retraining> {
  const { config, engine, latentOps, dataset, signal } = context;
  const { split, table, backbone, pairing } = input;
  const { graph, batchSize, stepsPerEpoch } = backbone;
  const trainRows = { images: dataset.train, rows: split.train, table };
  const flopPerImage = { forward: forwardFlop(graph), train: trainFlop(graph) };
  const { classPairs, classCount, latents: first } = pairing.prepared;
  const stepOptions = {
    batchSize,
    momentum: config.backbone.momentum,
    weightDecay: config.backbone.weightDecay,
    augmentation: augmentationOf(config),
    latentBatchSize: jointLatentBatchSize(config, split.classCounts, pairing, stepsPerEpoch),
  };
  const steps = await LossSwitch.create(
    (loss) => engine.compileTrainStep(graph, { ...stepOptions, ...loss }),
    plainLoss,
  );
  // One for all rounds of all arms: ONNX Runtime takes long to make one.
  const forward = await engine.compileReweightableForward(graph, forwardBatch);
  let kept: KeptMatrix | undefined;
  return {
    graph,
    start: backbone.state,
    progress: { unit: 'steps', perEpoch: stepsPerEpoch },
    setState: (state) => steps.trainer.setState(state),
    getState: () => steps.trainer.getState(),
    async startRound({ network, synthetic, meanMinorWeight }, needed) {
      // The first round is that of the network which the class pairs were found with.
      const isFirst = meanMinorWeight.length === 0;
      if (isFirst || (!needed && synthetic.latents.n === 0))
        return { prepared: pairing.prepared, synthetic, projectionFlop: 0 };
      forward.setWeights(network.weights);
      const { latents, labels } = await projectRows(signal, forward, trainRows);
      const prepare = async () => {
        const { samplePairs: anchor, reading } = config.method;
        kept?.release();
        kept = await latentOps.keep(latents);
        return prepareLatents({ latents: kept.matrix, labels, classCount, classPairs, anchor, reading }, latentOps);
      };
      return {
        prepared: needed ? await prepare() : pairing.prepared,
        synthetic: blendLatents(latents, synthetic),
        projectionFlop: split.train.length * flopPerImage.forward,
      };
    },
    async trainEpoch({ plan, synthetic, loss, epoch, onProgress }) {
      const step = await steps.use(loss);
      const record = await trainImageEpoch(context, step, {
        ...trainRows,
        // Goes on where the first epochs ended.
        epoch: config.backbone.epochs + epoch,
        learningRate: (i) => jointRate(config, epoch * stepsPerEpoch + i, stepsPerEpoch),
        latents: latentShares(synthetic, config.seed, epoch, stepsPerEpoch),
        onLook: onProgress,
        name: `arm ${plan.arm}`,
        rateFlag: '--joint-learning-rate',
      });
      const visits = { images: stepsPerEpoch * batchSize, latents: synthetic.latents.n };
      return {
        record,
        flop: jointTrainingFlop(visits.images, flopPerImage.train, visits.latents, first.d, classCount),
      };
    },
    async finalLatents({ network, synthetic }, onImages) {
      forward.setWeights(network.weights);
      const test = await projectRows(signal, forward, { images: dataset.test, rows: split.test, table }, onImages);
      const { latents } = await projectRows(signal, forward, trainRows, onImages);
      return { train: latents, test, synthetic: blendLatents(latents, synthetic), firstHead: undefined };
    },
    async dispose() {
      kept?.release();
      await steps.trainer.dispose();
      await forward.dispose();
    },
  };
}

/**
 * Most synthetic latents of a step, if every class pair gets its new ones in every iteration: the same for all arms,
 * so that an arm's bits do not depend on which others the run has.
 */
export function jointLatentBatchSize(
  { method }: Pick<RunConfig, 'method'>,
  classCounts: ArrayLike<number>,
  { pairs }: Pick<Pairing, 'pairs'>,
  stepsPerEpoch: number,
): number {
  const newCount = pairs.reduce((sum, { minor }) => sum + Math.round(method.newShare * classCounts[minor]), 0);
  return Math.ceil((method.iterations * newCount) / stepsPerEpoch);
}

/** Deals all synthetic latents out to the steps of an epoch, as evenly as whole numbers allow, in a new order each epoch. */
function latentShares(
  { latents, labels }: SyntheticLatents,
  seed: number,
  epoch: number,
  stepsPerEpoch: number,
): (step: number) => LatentBatch {
  const order = permutation(latents.n, createStream(seed, 'syntheticOrder', epoch));
  const start = (step: number) => Math.floor((step * latents.n) / stepsPerEpoch);
  return (step) => {
    const rows = order.subarray(start(step), start(step + 1));
    return { data: gatherRows(latents, rows).data, labels: rows.map((row) => labels[row]) };
  };
}
