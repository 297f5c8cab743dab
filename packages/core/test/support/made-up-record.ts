import { paperClassPairs } from '../../src/method/paper-class-pairs.ts';
import { evaluate } from '../../src/metrics/evaluate.ts';
import type { ReportExtras } from '../../src/report/extras.ts';
import { createLatentMap, minorWeightCounts } from '../../src/report/latent-map.ts';
import { fitPairProjection } from '../../src/report/pair-projection.ts';
import {
  type ArmName,
  armNames,
  cifar10ClassNames,
  type RunConfigInput,
  runConfigSchema,
} from '../../src/run/config.ts';
import { type Evaluation, type RunRecord, runRecordSchema } from '../../src/run/record.ts';

/**
 * Records that look like a run's, from formulas: for tests of what reads a record. None of their
 * numbers was ever measured.
 */
export interface MadeUpOptions {
  readonly classNames?: readonly string[];
  readonly classPairs?: readonly { readonly minor: string; readonly major: string }[];
  readonly arms?: readonly ArmName[];
  readonly testCount?: number;
  readonly config?: RunConfigInput;
}

/** How well the made-up classifier separates each pair: from easy to hard. */
const separations = [4.6, 3.9, 3.1, 2.9, 1.5];
/** What the made-up arms do to the bias of the minor classes, and to their noise. */
const armShift: Record<ArmName | 'control', number> = {
  control: -0.95,
  none: -0.9,
  random: -0.35,
  top: -0.55,
  bottom: -0.25,
  asymmetric: 0.05,
  algorithm1: -0.1,
  algorithm2: -0.2,
  'class-weights': 0.1,
  focal: -0.8,
  'ldam-drw': -0.3,
  'asymmetric-margin': -0.4,
  'logit-adjustment': 0.15,
};

/** How much wider than the control's the made-up arms' gaps between the classes of a pair are. */
const armGap: Record<ArmName | 'control', number> = {
  control: 0,
  none: 0.06,
  random: 0.03,
  top: -0.04,
  bottom: 0.05,
  asymmetric: 0.1,
  algorithm1: 0.08,
  algorithm2: 0.01,
  'class-weights': 0.02,
  focal: -0.02,
  'ldam-drw': 0.04,
  'asymmetric-margin': 0.03,
  'logit-adjustment': 0.05,
};

/** A repeatable sequence of standard normal values (mulberry32, Box-Muller). */
export function madeUpNormals(seed: number): () => number {
  let state = seed >>> 0;
  const uniform = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (((t ^ (t >>> 14)) >>> 0) + 0.5) / 2 ** 32;
  };
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}

function madeUpEvaluation(
  series: ArmName | 'control',
  classNames: readonly string[],
  classPairs: readonly { readonly minor: string; readonly major: string }[],
  testCount: number,
): Evaluation {
  const normal = madeUpNormals(7);
  const c = classNames.length;
  const minors = new Set(classPairs.map((pair) => classNames.indexOf(pair.minor)));
  const n = c * testCount;
  const labels = Uint32Array.from({ length: n }, (_, i) => i % c);
  const data = new Float32Array(n * c);
  labels.forEach((label, row) => {
    const pair = Math.max(
      0,
      classPairs.findIndex(({ minor, major }) => [minor, major].includes(classNames[label])),
    );
    const separation = separations[pair % separations.length] + armGap[series] * (1 + pair / 2);
    for (let k = 0; k < c; k++) {
      const own = k === label ? 3.5 : 0;
      const partner = classPairs[pair] && [classPairs[pair].minor, classPairs[pair].major].includes(classNames[k]);
      data[row * c + k] = own + 1.3 * normal() + (partner && k !== label ? 3.5 - separation : 0);
      if (minors.has(k)) data[row * c + k] += armShift[series] + 0.12 * Math.sin(k + armShift[series] * 9);
    }
  });
  return evaluate({
    logits: { data, n, d: c },
    labels,
    classNames,
    classPairs,
    minorClasses: [...minors].map((k) => classNames[k]),
  });
}

/** A complete record, checked against the schema. */
export function madeUpRecord(options: MadeUpOptions = {}): RunRecord {
  const classNames = options.classNames ?? cifar10ClassNames;
  const classPairs = options.classPairs ?? paperClassPairs;
  const arms = options.arms ?? armNames;
  const testCount = options.testCount ?? 200;
  const minors = new Set(classPairs.map((pair) => pair.minor));
  const iterations = 19;
  const share: Record<ArmName, number> = {
    none: 0,
    random: 1,
    top: 1,
    bottom: 1,
    asymmetric: 1,
    algorithm1: 0.86,
    algorithm2: 0.42,
    'class-weights': 0,
    focal: 0,
    'ldam-drw': 0,
    'asymmetric-margin': 0,
    'logit-adjustment': 0,
  };
  const record = {
    schemaVersion: 1,
    csxVersion: '0.1.0',
    config: runConfigSchema.parse({
      preset: 'paper',
      data: { source: 'cifar10', majorCount: 3000, minorCount: 1000, heldOutCount: 500 },
      backbone: { name: 'vgg19', width: 0.25 },
      method: { arms: [...arms], assignment: 'fixed', classPairs: classPairs.map((pair) => ({ ...pair })) },
      ...options.config,
    }),
    environment: {
      runtime: 'node 20.19.0',
      platform: 'linux x64, 2 threads',
      latentOps: { kind: 'gpu', name: 'Made-up Adapter (Vulkan)' },
      adapter: {
        vendor: 'made-up',
        architecture: 'formula',
        limits: { maxBufferSize: 268435456 },
        features: ['subgroups'],
      },
      trainingEngine: 'onnxruntime-node 1.30.0, 2 threads',
      versions: { csx: '0.1.0', webgpu: '0.6.2', '@tensorflow/tfjs': '4.22.0' },
      wgslHashes: Object.fromEntries(['nearest', 'select', 'extrapolate'].map((kernel) => [kernel, 'ab12'.repeat(16)])),
    },
    data: {
      name: 'CIFAR-10',
      classNames: [...classNames],
      hashes: { 'data_batch_1.bin': 'cd34'.repeat(16) },
      classCounts: classNames.map((name) => (minors.has(name) ? 1000 : 3000)),
      splitFile: 'splits.json',
      splitHash: 'ef56'.repeat(16),
      channelMean: [125.3, 122.9, 113.9],
      channelStd: [63, 62.1, 66.7],
    },
    backbone: {
      parameterCount: 1257162,
      latentSize: 128,
      forwardFlopPerImage: 5.1e7,
      trainFlopPerImage: 1.5e8,
      epochs: Array.from({ length: 10 }, (_, e) => ({
        loss: 0.35 + 1.9 * Math.exp(-e / 3.2),
        accuracy: 0.9 - 0.65 * Math.exp(-e / 3),
        learningRate: 0.1 * (e < 3 ? 0.2 + 0.27 * e : Math.cos(((e - 3) / 7) * (Math.PI / 2)) ** 2 + 0.002),
      })),
      trainingFlop: 3e13,
      projectionFlop: 1.8e12,
      heldOutFlop: 2.6e11,
    },
    classPairs: classPairs.map((pair, p) => {
      const accuracy = [0.972, 0.951, 0.903, 0.897, 0.684][p % 5];
      return {
        ...pair,
        distance: 9.4 - 1.2 * p,
        accuracy,
        overlapped: accuracy <= 0.7,
        algorithm2Iterations: Math.max(1, Math.round((19 * (1 - accuracy)) / (1 - 0.684))),
      };
    }),
    automaticPairs: classPairs.map((pair, p) => ({
      minor: pair.minor,
      major: classPairs[(p * 3) % classPairs.length].major,
      distance: 8.1 - p,
    })),
    control: madeUpEvaluation('control', classNames, classPairs, testCount),
    arms: arms.map((name) => ({
      name,
      evaluation: madeUpEvaluation(name, classNames, classPairs, testCount),
      cost: {
        pairingFlop: 4.6e9 * 3 * (share[name] > 0 ? 1 : 0),
        rankingFlop: 5.2e8 * 19 * share[name],
        placementFlop: 1.1e7 * 19 * share[name] * (name === 'asymmetric' ? 2.5 : 1),
        trainingFlop: 3.1e10 * 19 * (1 + 0.18 * share[name]),
        syntheticCount: Math.round(9500 * share[name]),
        clippedCount: name === 'asymmetric' || name.startsWith('algorithm') ? Math.round(830 * share[name]) : 0,
      },
      loss: Array.from(
        { length: iterations },
        (_, i) => 0.31 + 0.06 * share[name] + 0.2 * Math.exp(-i / 5) + 0.01 * Math.sin(i),
      ),
      meanMinorWeight:
        share[name] === 0
          ? []
          : Array.from({ length: iterations }, (_, i) =>
              name === 'asymmetric' || name.startsWith('algorithm')
                ? 0.36 + 0.05 * Math.exp(-i / 4) - 0.02 * share[name]
                : 0.5,
            ),
    })),
    readings: [
      { option: 'classDistance', value: 'centroid', meaning: 'distance between the means of two classes' },
      { option: 'samplePairs', value: 'major-anchored', meaning: 'every major row with its nearest minor row' },
      { option: 'pMax', value: '0.5', meaning: 'not given in the paper; only gamma * pMax matters' },
    ],
    timing: {
      startedAt: '2026-11-25T00:00:00.000Z',
      backboneMs: 412000,
      projectionMs: 9300,
      pairingMs: 2100,
      pairingSearches: { queryCount: 18_000, recomputedCount: 27 },
      arms: Object.fromEntries(
        arms.map((name) => [
          name,
          { latentOpsMs: 800 + 2600 * share[name], trainingMs: 24000 * (1 + 0.2 * share[name]) },
        ]),
      ),
      totalMs: 640000,
      peakMemoryBytes: 1.4 * 2 ** 30,
      resumedCount: 0,
    },
  };
  return runRecordSchema.parse(record);
}

/** Latent maps and histograms that fit {@link madeUpRecord}, of the arms asymmetric and random where it has them. */
export function madeUpExtras(record: RunRecord, pointCount = 400): ReportExtras {
  const d = 16;
  const latentMaps: ReportExtras['latentMaps'] = [];
  const minorWeights: ReportExtras['minorWeights'] = [];
  record.classPairs.forEach((pair, p) => {
    const normal = madeUpNormals(100 + p);
    const gap = separations[p % separations.length];
    const cloud = (center: number, n: number) => ({
      data: Float32Array.from({ length: n * d }, (_, i) => {
        const k = i % d;
        return normal() * (k === 0 ? 1 : k === 1 ? 1.7 : 0.6) + (k === 0 ? center : k === 2 ? 1 : 0);
      }),
      n,
      d,
    });
    const minorLatents = cloud(gap / 2, Math.ceil(pointCount / 2));
    const majorLatents = cloud(-gap / 2, pointCount);
    const weights = Float32Array.from({ length: d }, (_, k) => (k === 0 ? 1 : 0.1 * Math.sin(k)));
    const projection = fitPairProjection({ minorLatents, majorLatents, boundary: { weights, bias: -0.4 } });
    for (const arm of ['random', 'asymmetric'] as const) {
      if (!record.arms.some(({ name }) => name === arm)) continue;
      const shares = Array.from({ length: Math.ceil(pointCount / 3) }, () =>
        arm === 'random' ? 0.5 : Math.min(1, Math.max(0.1, 0.38 + 0.11 * normal())),
      );
      const synthetic = new Float32Array(shares.length * d);
      shares.forEach((share, s) => {
        for (let k = 0; k < d; k++) {
          const a = minorLatents.data[(s % minorLatents.n) * d + k];
          const b = majorLatents.data[(s % majorLatents.n) * d + k];
          synthetic[s * d + k] = share * a + (1 - share) * b;
        }
      });
      const final = weights.map((w, k) => (k === 1 ? w + (arm === 'random' ? 0.1 : 0.25) : w));
      latentMaps.push(
        createLatentMap({
          minor: pair.minor,
          major: pair.major,
          arm,
          projection,
          minorLatents,
          majorLatents,
          syntheticLatents: { data: synthetic, n: shares.length, d },
          finalBoundary: { weights: final, bias: arm === 'random' ? 0.1 : 0.6 },
        }),
      );
      minorWeights.push({ minor: pair.minor, major: pair.major, arm, counts: minorWeightCounts(shares) });
    }
  });
  return { latentMaps, minorWeights };
}
