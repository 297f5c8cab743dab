import { paperClassPairs } from '../method/paper-class-pairs.ts';
import type { RunConfigInput } from './config.ts';

/** Names of the presets, smallest first. */
export type PresetName = NonNullable<RunConfigInput['preset']>;

/**
 * The options that each preset sets; everything else keeps its default.
 *
 * - `mini`: the sample in the package and a small network; ends in half a minute on two cores.
 * - `quick`: the real CIFAR-10 with the paper's counts, a narrow VGG19 and fewer rounds; a few minutes.
 * - `paper`: the paper's counts, network, epochs and rounds; over an hour on two cores.
 */
export const presets: Readonly<Record<PresetName, RunConfigInput>> = {
  mini: {
    preset: 'mini',
    data: { source: 'mini', majorCount: 120, minorCount: 40, heldOutCount: 50 },
    backbone: { name: 'small', width: 0.5, epochs: 20, batchSize: 32, peakLearningRate: 0.1 },
    head: { batchSize: 128 },
    method: { iterations: 19, epochsPerIteration: 10 },
  },
  quick: {
    preset: 'quick',
    data: { source: 'cifar10', majorCount: 3000, minorCount: 1000, heldOutCount: 500 },
    backbone: { name: 'vgg19', width: 0.25, epochs: 5, batchSize: 128 },
    method: { iterations: 5, epochsPerIteration: 5, assignment: 'fixed', classPairs: [...paperClassPairs] },
  },
  paper: {
    preset: 'paper',
    data: { source: 'cifar10', majorCount: 3000, minorCount: 1000, heldOutCount: 500 },
    backbone: { name: 'vgg19', width: 1, epochs: 10, batchSize: 128 },
    method: { iterations: 19, epochsPerIteration: 10, assignment: 'fixed', classPairs: [...paperClassPairs], tau: 0.7 },
  },
};
