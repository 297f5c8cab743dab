import type { ChannelStatistics } from '../data/standardize.ts';
import { centroidDistanceFlop, nearestFlop } from '../method/cost.ts';
import { listReadings } from '../method/readings.ts';
import type { ArmPlan } from '../method/schedule.ts';
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
  const trainFlopPerImage = trainFlop(backbone.graph);
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
      forwardFlopPerImage: forwardFlop(backbone.graph),
      trainFlopPerImage,
      epochs: backbone.epochs.map((epoch) => ({ ...epoch })),
      trainingFlop: trainedImages * trainFlopPerImage,
    },
    classPairs,
    automaticPairs: pairing.automaticPairs.map(named),
    control: evaluateHead(backbone.state.weights),
    arms: [...parts.arms].map(([name, { plan, state }]) => ({
      name,
      evaluation: evaluateHead(state.head.weights),
      cost: {
        pairingFlop: pairingFlop(context, pairing, plan),
        rankingFlop: state.rankingFlop,
        placementFlop: state.placementFlop,
        trainingFlop: state.trainingFlop,
        syntheticCount: state.synthetic.latents.n,
        clippedCount: state.clippedCount,
      },
      loss: [...state.loss],
      meanMinorWeight: [...state.meanMinorWeight],
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

/** Class pairs and sample pairs, as far as an arm uses them: a pair that gets nothing costs no search. */
function pairingFlop({ config }: RunContext, { sizes, prepared }: Pairing, plan: ArmPlan): number {
  const used = plan.pairs.filter(({ action }) => action !== 'none');
  if (used.length === 0) return 0;
  const { n, d } = prepared.latents;
  const rows = (k: number) => prepared.classRows[k].length;
  const classDistances =
    config.method.classDistance === 'centroid'
      ? centroidDistanceFlop(n, d, sizes.minors.length, sizes.majors.length)
      : sizes.minors
          .flatMap((minor) => sizes.majors.map((major) => nearestFlop(rows(minor), rows(major), d)))
          .reduce((a, b) => a + b, 0);
  const samplePairs = used.map(({ pair }) => nearestFlop(rows(pair.major), rows(pair.minor), d));
  const densityClasses = new Set(
    config.method.reading === 'density'
      ? used.filter(({ action }) => action === 'asymmetric').flatMap(({ pair }) => [pair.minor, pair.major])
      : [],
  );
  const density = [...densityClasses].map((k) => nearestFlop(rows(k), rows(k), d));
  return [...samplePairs, ...density].reduce((a, b) => a + b, classDistances);
}
