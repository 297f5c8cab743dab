import { z } from 'zod';
import { armNames } from '../run/config.ts';

const points = z.strictObject({ x: z.array(z.number()), y: z.array(z.number()) });
const line = z
  .strictObject({ x: z.number(), y: z.number(), constant: z.number() })
  .describe('x * X + y * Y + constant = 0; the minor class is on the positive side');

/** A two-dimensional picture of one class pair's latents with one arm's synthetic ones. */
export const latentMapSchema = z.strictObject({
  minor: z.string(),
  major: z.string(),
  arm: z.enum(armNames),
  axes: z.strictObject({ x: z.string(), y: z.string() }),
  realMinor: points,
  realMajor: points,
  synthetic: points,
  firstBoundary: line.nullable().describe('that the picture was fitted with'),
  boundaryAt: z
    .enum(['first', 'last'])
    .default('first')
    .describe('whether that was before the rounds or after the last'),
  finalBoundary: line.nullable().describe("after the arm's last round, where it cuts the picture's plane"),
});

/** How often each minor weight P occurred among one arm's synthetic latents of one class pair. */
export const minorWeightHistogramSchema = z.strictObject({
  minor: z.string(),
  major: z.string(),
  arm: z.enum(armNames),
  counts: z.array(z.number().int().min(0)).describe('bins of equal width, the first centered on 0 and the last on 1'),
});

/** What a report shows beside the record; small, so that a run can keep it and draw the report again. */
export const reportExtrasSchema = z.strictObject({
  latentMaps: z.array(latentMapSchema),
  minorWeights: z.array(minorWeightHistogramSchema),
});

/** When the boundary of a picture was that of the classifier. */
export const boundaryTimes = { first: 'before the rounds', last: 'after the last round' } as const;
export type BoundaryTime = keyof typeof boundaryTimes;

export type Points = z.output<typeof points>;
export type BoundaryLine = z.output<typeof line>;
export type LatentMap = z.output<typeof latentMapSchema>;
export type MinorWeightHistogram = z.output<typeof minorWeightHistogramSchema>;
export type ReportExtras = z.output<typeof reportExtrasSchema>;
