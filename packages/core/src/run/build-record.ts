import type { ChannelStatistics } from '../data/standardize.ts';
import { pairingFlop } from '../method/pairing-cost.ts';
import { listReadings } from '../method/readings.ts';
import { forwardFlop, trainFlop } from '../training/graph/flop.ts';
import { elementCount } from '../training/graph/model-graph.ts';
import type { TrainedBackbone } from './backbone-stage.ts';
import type { ArmName } from './config.ts';
import type { EvaluatedArm } from './evaluation-stage.ts';
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
  readonly control: Evaluation;
  readonly arms: ReadonlyMap<ArmName, EvaluatedArm>;
  readonly startedAt: string;
  readonly resumedCount: number;
  readonly peakMemoryBytes: number;
  readonly totalMs: number;
}

/** Puts the record together. */
export function buildRecord(context: RunContext, parts: RunParts): RunRecord {
  const { config, dataset } = context;
  const { backbone, projection, pairing, statistics } = parts;
  const { classNames } = dataset;
  const named = <P extends { minor: number; major: number }>(pair: P) => ({
    ...pair,
    minor: classNames[pair.minor],
    major: classNames[pair.major],
  });
  const { retraining, epochsPerIteration } = config.method;
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
    classPairs: pairing.pairs.map(named),
    automaticPairs: pairing.automaticPairs.map(named),
    control: parts.control,
    arms: [...parts.arms].map(([name, { plan, state, evaluation }]) => ({
      name,
      evaluation,
      cost: {
        pairingFlop: pairingFlop({
          plan,
          classCounts: parts.classCounts,
          latentSize: projection.train.latents.d,
          sizes: pairing.sizes,
          classSearch: config.method.assignment === 'fixed' ? 'none' : config.method.classDistance,
          reading: config.method.reading,
          everyRound: retraining === 'joint',
        }),
        rankingFlop: state.rankingFlop,
        placementFlop: state.placementFlop,
        projectionFlop: state.projectionFlop,
        trainingFlop: state.trainingFlop,
        syntheticCount: state.synthetic.latents.n,
        clippedCount: state.clippedCount,
      },
      loss: state.epochs.filter((_, e) => (e + 1) % epochsPerIteration === 0).map(({ loss }) => loss),
      epochs: state.epochs.map((epoch) => ({ ...epoch })),
      meanMinorWeight: state.meanMinorWeight.map((weight) => (Number.isNaN(weight) ? null : weight)),
    })),
    readings: listReadings(config).map((reading) => ({ ...reading })),
    timing: {
      startedAt: parts.startedAt,
      backboneMs: backbone.trainingMs,
      projectionMs: projection.projectionMs,
      pairingMs: pairing.pairingMs,
      pairingSearches: pairing.searches,
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
