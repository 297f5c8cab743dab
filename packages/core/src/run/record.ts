import { z } from 'zod';
import { armNames, runConfigSchema } from './config.ts';

const finite = z.number();
const curve = z.strictObject({
  /** Precision at each threshold, with the recall of the same index; recall ascends. */
  recall: z.array(finite),
  precision: z.array(finite),
});

const rocCurve = z.strictObject({
  /** Of the same index, the share of major rows and of minor rows that are called minor; both ascend. */
  falsePositiveRate: z.array(finite),
  truePositiveRate: z.array(finite),
});

/** Binary evaluation of one class pair on the test images of its two classes; positive = minor. */
export const pairMetricsSchema = z.strictObject({
  minor: z.string(),
  major: z.string(),
  averagePrecision: finite.describe('step-wise sum, as scikit-learn defines it'),
  trapezoidArea: finite,
  rocArea: finite.optional().describe('area under the ROC curve; older records have none'),
  curve,
  roc: rocCurve.optional().describe('older records have none'),
});

export const evaluationSchema = z.strictObject({
  accuracy: finite,
  balancedAccuracy: finite,
  macroF1: finite,
  gMean: finite,
  mcc: finite,
  ece: finite.describe('expected calibration error, 15 equal-width bins'),
  calibration: z
    .array(z.strictObject({ count: z.number().int(), confidence: finite, accuracy: finite }))
    .optional()
    .describe('these bins, of the confidence in the predicted class; older records have none'),
  perClassRecall: z.array(finite),
  minorRecall: finite.describe('mean recall of the minor classes'),
  meanAveragePrecision: finite.describe('mean over the class pairs'),
  confusion: z.array(z.array(z.number().int())).describe('[true][predicted]'),
  pairs: z.array(pairMetricsSchema),
});

export const costSchema = z.strictObject({
  pairingFlop: finite,
  rankingFlop: finite,
  placementFlop: finite,
  projectionFlop: finite.default(0).describe('training images through the network that moved, before a round'),
  trainingFlop: finite,
  syntheticCount: z.number().int(),
  clippedCount: z.number().int(),
});

export const classPairRecordSchema = z.strictObject({
  minor: z.string(),
  major: z.string(),
  distance: finite.describe('between the classes, in the reading chosen'),
  accuracy: finite.describe('on held-out images, in the reading chosen'),
  overlapped: z.boolean().describe('accuracy <= tau'),
  algorithm2Iterations: z.number().int(),
});

export const epochSchema = z.strictObject({
  loss: finite,
  accuracy: finite,
  learningRate: finite.describe("of the epoch's last step"),
});

export const armRecordSchema = z.strictObject({
  name: z.enum(armNames),
  evaluation: evaluationSchema,
  cost: costSchema,
  /** Training loss of the last epoch of each iteration. */
  loss: z.array(finite),
  epochs: z.array(epochSchema).default([]).describe('all epochs of its iterations; older records have none'),
  /** Mean P of the synthetic latents of each iteration; null where it made none. */
  meanMinorWeight: z.array(finite.nullable()),
});

/** Everything about a run that a reader needs to check or repeat it. What the machine decides, times and memory, is under `timing` alone. */
export const runRecordSchema = z.strictObject({
  schemaVersion: z.literal(1),
  csxVersion: z.string(),
  config: runConfigSchema,
  environment: z.strictObject({
    runtime: z.string(),
    platform: z.string(),
    latentOps: z.strictObject({ kind: z.enum(['gpu', 'cpu']), name: z.string() }),
    adapter: z.record(z.string(), z.unknown()).nullable().describe('raw and normalised names, limits, features'),
    trainingEngine: z.string(),
    versions: z.record(z.string(), z.string()),
    wgslHashes: z.record(z.string(), z.string()).describe('kernel -> sha256 of its WGSL'),
  }),
  data: z.strictObject({
    name: z.string(),
    classNames: z.array(z.string()),
    hashes: z.record(z.string(), z.string()).describe('file -> sha256'),
    classCounts: z.array(z.number().int()),
    splitFile: z.string().describe('file of the run directory that holds the indices of every split'),
    splitHash: z.string(),
    channelMean: z.array(finite),
    channelStd: z.array(finite),
  }),
  backbone: z.strictObject({
    parameterCount: z.number().int(),
    latentSize: z.number().int(),
    forwardFlopPerImage: finite,
    trainFlopPerImage: finite,
    epochs: z.array(epochSchema),
    trainingFlop: finite,
    projectionFlop: finite.describe('training, held-out and test images through the trained network, once'),
    heldOutFlop: finite.describe('the held-out part of projectionFlop, which only pair accuracy needs'),
  }),
  classPairs: z.array(classPairRecordSchema),
  automaticPairs: z.array(z.strictObject({ minor: z.string(), major: z.string(), distance: finite })),
  /** The network after its first epochs on images: the paper's own control. */
  control: evaluationSchema,
  arms: z.array(armRecordSchema),
  readings: z.array(z.strictObject({ option: z.string(), value: z.string(), meaning: z.string() })),
  timing: z.strictObject({
    startedAt: z.string(),
    backboneMs: finite,
    projectionMs: finite,
    pairingMs: finite,
    pairingSearches: z
      .strictObject({
        queryCount: z.number().int().describe('rows whose nearest were searched for, before the arms'),
        recomputedCount: z.number().int().describe('those that f32 could not make certain of; float64 searched again'),
      })
      .optional()
      .describe(
        'how often the search fell back to float64 depends on the device, the result does not; older records have none',
      ),
    arms: z.record(z.string(), z.strictObject({ latentOpsMs: finite, trainingMs: finite })),
    totalMs: finite.describe(
      'all sittings, with what an interruption lost; of a sitting that was killed, up to its last checkpoint',
    ),
    peakMemoryBytes: finite.describe('of all sittings; of one that was killed, up to its last checkpoint'),
    resumedCount: z.number().int(),
  }),
});

export type RunRecord = z.output<typeof runRecordSchema>;
export type Evaluation = z.output<typeof evaluationSchema>;
export type PairMetrics = z.output<typeof pairMetricsSchema>;
export type ArmCost = z.output<typeof costSchema>;
