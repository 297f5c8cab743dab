import { z } from 'zod';
import { armNames, runConfigSchema } from '../run/config.ts';
import {
  classPairRecordSchema,
  costSchema,
  epochSchema,
  evaluationSchema,
  pairMetricsSchema,
  type RunRecord,
} from '../run/record.ts';
import type { ArmJob } from './job-plan.ts';

const finite = z.number();

/** A pair's areas, and its precision at the recalls of {@link curveRecalls}; empty where one class has no test images. */
const pairOutcomeSchema = pairMetricsSchema.omit({ curve: true, roc: true }).extend({ precision: z.array(finite) });

const shortEvaluationSchema = evaluationSchema.omit({ pairs: true }).extend({ pairs: z.array(pairOutcomeSchema) });

/** What an arm came to with one seed: the part of its run's record that figures and claims are made of. */
export const outcomeSchema = z.strictObject({
  job: z.string().describe('id of the job: its kind and the hash of its configuration'),
  seed: z.number().int(),
  arm: z.enum(armNames),
  config: runConfigSchema,
  control: shortEvaluationSchema.describe('the network after its first epochs'),
  evaluation: shortEvaluationSchema,
  cost: costSchema,
  classPairs: z.array(classPairRecordSchema),
  automaticPairs: z.array(z.strictObject({ minor: z.string(), major: z.string(), distance: finite })),
  classCounts: z.array(z.number().int()),
  backbone: z.strictObject({
    id: z.string(),
    parameterCount: z.number().int(),
    latentSize: z.number().int(),
    trainingFlop: finite,
    projectionFlop: finite,
    heldOutFlop: finite,
    epochs: z.array(epochSchema),
    ms: finite,
  }),
  trainingEngine: z.string(),
  latentOps: z.string(),
  timing: z.strictObject({ pairingMs: finite, latentOpsMs: finite, trainingMs: finite }),
});

export type Outcome = z.output<typeof outcomeSchema>;
export type ShortEvaluation = z.output<typeof shortEvaluationSchema>;
export type PairOutcome = z.output<typeof pairOutcomeSchema>;

const curveSteps = 200;
/** The recalls at which outcomes give the precision. */
export const curveRecalls: readonly number[] = Array.from({ length: curveSteps + 1 }, (_, i) => i / curveSteps);

/** The outcome of a job, from the record of its run. */
export function outcomeOf(job: ArmJob, record: RunRecord): Outcome {
  const [{ name, evaluation, cost }] = record.arms;
  const { backbone, timing, environment } = record;
  return {
    job: job.id,
    seed: job.seed,
    arm: name,
    config: record.config,
    control: shortened(record.control),
    evaluation: shortened(evaluation),
    cost,
    classPairs: record.classPairs,
    automaticPairs: record.automaticPairs,
    classCounts: record.data.classCounts,
    backbone: {
      id: job.backbone,
      parameterCount: backbone.parameterCount,
      latentSize: backbone.latentSize,
      trainingFlop: backbone.trainingFlop,
      projectionFlop: backbone.projectionFlop,
      heldOutFlop: backbone.heldOutFlop,
      epochs: backbone.epochs,
      ms: timing.backboneMs,
    },
    trainingEngine: environment.trainingEngine,
    latentOps: environment.latentOps.name,
    timing: { pairingMs: timing.pairingMs, ...timing.arms[name] },
  };
}

function shortened({ pairs, ...evaluation }: RunRecord['control']): ShortEvaluation {
  return {
    ...evaluation,
    pairs: pairs.map(({ curve, roc: _, ...pair }) => ({
      ...pair,
      precision: precisionsAt(curve.recall, curve.precision),
    })),
  };
}

/** Precision at every recall of the grid, on the lines between a curve's points, to five digits. */
function precisionsAt(recall: readonly number[], precision: readonly number[]): number[] {
  if (recall.length === 0) return [];
  let after = 0;
  return curveRecalls.map((at) => {
    while (after < recall.length - 1 && recall[after] < at) after++;
    const before = Math.max(0, after - 1);
    const span = recall[after] - recall[before];
    const part = span > 0 ? (at - recall[before]) / span : 1;
    return Math.round(1e5 * (precision[before] + part * (precision[after] - precision[before]))) / 1e5;
  });
}
