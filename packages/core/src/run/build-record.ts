import type { ChannelStatistics } from '../data/standardize.ts';
import { pairingFlop } from '../method/pairing-cost.ts';
import { listReadings } from '../method/readings.ts';
import { evaluate } from '../metrics/evaluate.ts';
import type { Weights } from '../training/engine.ts';
import { forwardFlop, trainFlop } from '../training/graph/flop.ts';
import { elementCount } from '../training/graph/model-graph.ts';
import { linearLogits } from '../training/linear-logits.ts';
import type { ArmResult } from './arm-stage.ts';
import type { TrainedBackbone } from './backbone-stage.ts';
import type { ArmName } from './config.ts';
import type { Pairing } from './pairing-stage.ts';
import type { Projection } from './projection-stage.ts';
import type { Evaluation, RunRecord } from './record.ts';
import type { RunContext } from './run-context.ts';
import { csxVersion } from './version.ts';

export interface RunParts {
  readonly environment: RunRecord['environment'];
  readonly classCounts: Uint32Array;
  readonly splitFile: string;
  readonly splitHash: string;
  readonly statistics: ChannelStatistics;
  readonly backbone: TrainedBackbone;
  readonly projection: Projection;
  readonly pairing: Pairing;
  readonly arms: ReadonlyMap<ArmName, ArmResult>;
  readonly startedAt: string;
  readonly resumedCount: number;
  readonly peakMemoryBytes: number;
  readonly totalMs: number;
}

/** Evaluates the control and every arm on the test images, and puts the record together. */
export function buildRecord(context: RunContext, parts: RunParts): RunRecord {
  const { config, dataset } = context;
  const { backbone, projection, pairing, statistics } = parts;
  const { classNames } = dataset;
  const named = <P extends { minor: number; major: number }>(pair: P) => ({
    ...pair,
    minor: classNames[pair.minor],
    major: classNames[pair.major],
  });
  const classPairs = pairing.pairs.map(named);
  const minorClasses = pairing.sizes.minors.map((k) => classNames[k]);
  const evaluateHead = (head: Weights): Evaluation =>
    evaluate({
      logits: linearLogits(projection.test.latents, head),
      labels: projection.test.labels,
      classNames,
      classPairs,
      minorClasses,
    });
  const forwardFlopPerImage = forwardFlop(backbone.graph);
  const trainFlopPerImage = trainFlop(backbone.graph);
  const projectedCount = projection.train.latents.n + projection.heldOut.latents.n + projection.test.latents.n;
  const trainedImages = backbone.epochs.length * backbone.stepsPerEpoch * backbone.batchSize;
  return {
    schemaVersion: 1,
    csxVersion,
    config,
    environment: parts.environment,
    data: {
      name: dataset.name,
      classNames: [...classNames],
      hashes: { ...dataset.hashes },
      classCounts: Array.from(parts.classCounts),
      splitFile: parts.splitFile,
      splitHash: parts.splitHash,
      channelMean: [...statistics.mean],
      channelStd: [...statistics.std],
    },
    backbone: {
      parameterCount: backbone.graph.parameters.reduce((sum, { shape }) => sum + elementCount(shape), 0),
      latentSize: projection.train.latents.d,
      forwardFlopPerImage,
      trainFlopPerImage,
      epochs: backbone.epochs.map((epoch) => ({ ...epoch })),
      trainingFlop: trainedImages * trainFlopPerImage,
      projectionFlop: projectedCount * forwardFlopPerImage,
      heldOutFlop: projection.heldOut.latents.n * forwardFlopPerImage,
    },
    classPairs,
    automaticPairs: pairing.automaticPairs.map(named),
    control: evaluateHead(backbone.state.weights),
    arms: [...parts.arms].map(([name, { plan, state }]) => ({
      name,
      evaluation: evaluateHead(state.head.weights),
      cost: {
        pairingFlop: pairingFlop({
          plan,
          classCounts: parts.classCounts,
          latentSize: projection.train.latents.d,
          sizes: pairing.sizes,
          classSearch: config.method.assignment === 'fixed' ? 'none' : config.method.classDistance,
          reading: config.method.reading,
        }),
        rankingFlop: state.rankingFlop,
        placementFlop: state.placementFlop,
        trainingFlop: state.trainingFlop,
        syntheticCount: state.synthetic.latents.n,
        clippedCount: state.clippedCount,
      },
      loss: [...state.loss],
      meanMinorWeight: state.meanMinorWeight.map((weight) => (Number.isNaN(weight) ? null : weight)),
    })),
    readings: listReadings(config).map((reading) => ({ ...reading })),
    timing: {
      startedAt: parts.startedAt,
      backboneMs: backbone.trainingMs,
      projectionMs: projection.projectionMs,
      pairingMs: pairing.pairingMs,
      arms: Object.fromEntries(
        [...parts.arms].map(([name, { state }]) => [
          name,
          { latentOpsMs: state.latentOpsMs, trainingMs: state.trainingMs },
        ]),
      ),
      totalMs: parts.totalMs,
      peakMemoryBytes: parts.peakMemoryBytes,
      resumedCount: parts.resumedCount,
    },
  };
}
