import { z } from 'zod';
import { failureStatuses } from './worker/protocol.ts';

const nonNegative = z.number().min(0);
const whole = z.int().min(0);

export const timingSchema = z.object({
  method: z.literal('wall clock').describe('host time from the first call until the device has done the last'),
  warmUpMs: nonNegative.describe('one run after the one that was checked; not among the samples'),
  repeats: whole.min(1).describe('runs of one sample, back to back; every time is that of one run'),
  minMs: nonNegative,
  q1Ms: nonNegative,
  medianMs: nonNegative,
  q3Ms: nonNegative,
  maxMs: nonNegative,
  samples: z.array(nonNegative).min(1).describe('milliseconds of one run, in the order they were taken'),
});

export const gateSchema = z.object({
  what: z.string().describe('what was compared, and where the bound comes from'),
  error: z.number().nullable().describe('largest; null where it is not a number'),
  bound: z.number(),
});

export const ratioSchema = z.object({
  ratio: nonNegative,
  low: nonNegative,
  high: nonNegative,
});

export const candidateResultSchema = z.object({
  name: z.string(),
  title: z.string(),
  status: z.enum(['measured', ...failureStatuses]),
  reason: z.string().nullable().describe('why there is no time'),
  device: z.string().nullable().describe("normalised name of the adapter, or the processor's threads"),
  versions: z.record(z.string(), z.string()).describe('library -> version'),
  wgsl: z.record(z.string(), z.string()).describe('label -> sha256 of our own WGSL that ran'),
  gate: gateSchema.nullable(),
  timing: timingSchema.nullable(),
  gflopPerSecond: nonNegative.nullable().describe('by the median'),
  timeRatio: ratioSchema
    .nullable()
    .describe("this one's median / the baseline's, with the 95 % interval of a percentile bootstrap"),
});

export const caseResultSchema = z.object({
  suite: z.string(),
  name: z.string(),
  what: z.string().describe('what one run is'),
  shape: z.record(z.string(), z.union([z.number(), z.string()])),
  dtype: z.literal('f32'),
  flop: nonNegative.describe('of one run; a multiply-add counts as two'),
  bytes: nonNegative.nullable().describe('least that one run reads and writes; null where it is not counted'),
  baseline: z.string().describe('name of the candidate that time ratios refer to'),
  scaled: z
    .object({ what: z.string(), factor: nonNegative })
    .nullable()
    .describe('a larger task that this is a part of: its time would be `factor` times that of one run; not measured'),
  candidates: z.array(candidateResultSchema),
});

export const benchRecordSchema = z.object({
  schemaVersion: z.literal(1),
  csxVersion: z.string(),
  startedAt: z.iso.datetime(),
  totalMs: nonNegative,
  options: z.object({
    filter: z.string(),
    adapter: z.string(),
    threads: whole,
    seed: whole,
    samples: whole,
    minSamples: whole,
    budgetMs: nonNegative,
    minSampleMs: nonNegative,
  }),
  sampleRule: z.string(),
  runtime: z.object({
    name: z.string(),
    version: z.string(),
    platform: z.string(),
    cpuName: z.string(),
    cpuCount: whole,
    packages: z.record(z.string(), z.string()),
  }),
  adapter: z
    .object({
      name: z.string().describe('the same under every WebGPU implementation'),
      isSoftware: z.boolean().describe('computes on the CPU; never to be ranked with GPUs'),
      vendor: z.string(),
      architecture: z.string(),
      device: z.string(),
      description: z.string(),
      implementation: z.string(),
      implementationVersion: z.string(),
      backend: z.string().nullable(),
      subgroupSizes: z.tuple([whole, whole]).nullable(),
      features: z.array(z.string()),
      limits: z.record(z.string(), z.number()),
    })
    .nullable()
    .describe('null: none was found'),
  results: z.array(caseResultSchema),
});

export type Timing = z.infer<typeof timingSchema>;
export type CandidateResult = z.infer<typeof candidateResultSchema>;
export type CaseResult = z.infer<typeof caseResultSchema>;
export type BenchRecord = z.infer<typeof benchRecordSchema>;
