import { z } from 'zod';

const unit = z.number().min(0).max(1);

/** What the method leaves to its user, for runs and for the sampler of one shot alike; the defaults are our readings. */
export const methodOptions = {
  iterations: z.number().int().min(1).default(19).describe('rounds of extrapolation (Iter)'),
  classDistance: z.enum(['centroid', 'nearest']).default('centroid').describe('distance between two classes'),
  assignment: z.enum(['closest', 'matching', 'fixed']).default('closest').describe('how minors get their major'),
  pairAccuracy: z
    .enum(['twoWay', 'tenWay'])
    .default('twoWay')
    .describe('argmax over the two classes of a pair, or over all'),
  samplePairs: z
    .enum(['major-anchored', 'minor-anchored'])
    .default('major-anchored')
    .describe('each major row with its nearest minor row, or the reverse'),
  selectionShare: z.number().gt(0).max(1).default(0.3).describe('share of the major rows that is selected'),
  placement: z.enum(['middle', 'crossing']).default('middle').describe('placement of the arms other than asymmetric'),
  reading: z
    .enum(['boundary', 'centroid', 'probability', 'density'])
    .default('boundary')
    .describe('d_normal and d_abnormal of equation (1)'),
  gamma: z.number().min(-10).max(10).default(-0.4).describe('gamma of equation (1)'),
  pMax: z.number().min(0).max(10).default(0.5).describe('Pmax of equation (1)'),
  pMin: unit.default(0.1).describe('lower clip of P'),
  tau: unit.default(0.7).describe('Algorithm 1: pairs with accuracy <= tau are overlapped'),
  separable: z.enum(['random', 'nothing']).default('random').describe('Algorithm 1: what separable pairs get'),
  overlapped: z
    .enum(['asymmetric', 'bottom', 'top', 'random'])
    .default('asymmetric')
    .describe('Algorithms 1 and 2: the arm that overlapped pairs get'),
  algorithm2: z
    .enum(['relative', 'complement', 'inverse'])
    .default('relative')
    .describe('Algorithm 2: iterations from accuracy'),
} as const;
