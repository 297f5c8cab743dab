import { z } from 'zod';
import { failureStatuses } from './worker/protocol.ts';

const nonNegative = z.number().min(0);
const whole = z.int().min(0);

export const timingMethods = ['wall clock', 'timestamp query'] as const;

export const timingSchema = z.object({
  method: z
    .enum(timingMethods)
    .describe(
      'wall clock: host time from the first call until the device has done the last; timestamp query: device time',
    ),
  quantumMs: nonNegative.nullable().default(null).describe('smallest step of the timer that was seen'),
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
  variant: z.string().nullable().default(null).describe('of our kernel, where it has several'),
  gate: gateSchema.nullable(),
  coldMs: nonNegative
    .nullable()
    .default(null)
    .describe(
      'the first run: from the arrays in files to the first result in host memory, shaders compiled on the way',
    ),
  timing: timingSchema.nullable().describe('warm: inputs where the work is done, everything compiled'),
  gpuTiming: timingSchema
    .nullable()
    .default(null)
    .describe('the same runs by timestamp queries of the device; null where it has none that can be trusted'),
  gpuTimingFlag: z
    .string()
    .nullable()
    .default(null)
    .describe('why there is no gpuTiming though timestamps were asked for'),
  endToEnd: timingSchema.nullable().default(null).describe('from arrays in host memory to results in host memory'),
  gflopPerSecond: nonNegative.nullable().describe('by the median'),
  gbytePerSecond: nonNegative.nullable().default(null).describe('of the least that must be moved, by the median'),
  peakShare: z
    .object({ arithmetic: nonNegative.nullable(), bandwidth: nonNegative.nullable() })
    .nullable()
    .default(null)
    .describe("share of the peaks of the candidate's own device, measured in the same run"),
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

export const peakSchema = z.object({
  device: z.enum(['adapter', 'cpu']),
  name: z.string(),
  gflopPerSecond: nonNegative.nullable(),
  gbytePerSecond: nonNegative.nullable().describe('bytes read and bytes written, together'),
  how: z.string().describe('what was run to find them'),
});

export const benchRecordSchema = z.object({
  schemaVersion: z.literal(1),
  csxVersion: z.string(),
  startedAt: z.iso.datetime(),
  totalMs: nonNegative,
  options: z.object({
    filter: z.string(),
    candidates: z.array(z.string()).nullable().default(null).describe('those that were asked for; null: all'),
    adapter: z.string(),
    threads: whole,
    seed: whole,
    samples: whole,
    minSamples: whole,
    budgetMs: nonNegative,
    minSampleMs: nonNegative,
    dawnFlags: z.string().default('').describe('of the processes that measure'),
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
  peaks: z.array(peakSchema).default([]).describe('measured before the cases'),
  results: z.array(caseResultSchema),
});

export type Timing = z.infer<typeof timingSchema>;
export type CandidateResult = z.infer<typeof candidateResultSchema>;
export type CaseResult = z.infer<typeof caseResultSchema>;
export type Peak = z.infer<typeof peakSchema>;
export type BenchRecord = z.infer<typeof benchRecordSchema>;
