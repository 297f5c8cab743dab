import { z } from 'zod';
import { armNames, extrapolationArmNames } from '../method/arm-names.ts';
import { methodOptions } from '../method/method-options.ts';

export { cifar10Classes as cifar10ClassNames } from '../data/cifar10-layout.ts';
export { type ArmName, armNames, extrapolationArmNames, lossArmNames } from '../method/arm-names.ts';

const unit = z.number().min(0).max(1);
const positive = z.number().int().min(1);

/** Every option of a run; what is not given takes the default, and the record holds them all. */
export const runConfigSchema = z.strictObject({
  preset: z.enum(['mini', 'quick', 'paper']).default('mini').describe('the preset these options started from'),
  seed: z.number().int().min(0).max(0xffffffff).default(0).describe('seed of every random stream'),
  data: z
    .strictObject({
      source: z.enum(['mini', 'cifar10']).default('mini').describe('the sample in the package, or the whole CIFAR-10'),
      majorCount: positive.default(120).describe('training images of each major class'),
      minorCount: positive.default(40).describe('training images of each minor class'),
      heldOutCount: positive.default(50).describe('training images of each class kept aside for pair accuracy'),
      testCount: positive.optional().describe('test images of each class; all of them when left out'),
      minorClasses: z
        .array(z.string())
        .min(1)
        .default(['automobile', 'bird', 'cat', 'deer', 'ship'])
        .describe('classes that get minorCount images'),
      classCounts: z
        .record(z.string(), positive)
        .optional()
        .describe('training images of single classes, instead of majorCount or minorCount'),
    })
    .prefault({}),
  backbone: z
    .strictObject({
      name: z.enum(['vgg19', 'resnet20', 'resnet32', 'small']).default('vgg19').describe('network'),
      width: z.number().min(0.03125).max(2).default(1).describe('multiplier of the channel counts'),
      epochs: positive.default(10).describe('epochs on images'),
      batchSize: positive.default(128).describe('images of one training step'),
      peakLearningRate: z.number().positive().max(10).default(0.1).describe('peak of the one-cycle schedule'),
      momentum: z.number().min(0).max(0.9999).default(0.9).describe('momentum of SGD'),
      weightDecay: z.number().min(0).max(1).default(5e-4).describe('weight decay of SGD'),
      flip: z.boolean().default(true).describe('mirror half of the training images at random'),
      shift: z
        .number()
        .int()
        .min(0)
        .max(16)
        .default(0)
        .describe('move training images at random, by up to so many pixels in each direction'),
    })
    .prefault({}),
  head: z
    .strictObject({
      learningRate: z.number().positive().max(10).default(0.01).describe('constant learning rate'),
      batchSize: positive.default(256).describe('latents of one training step'),
      momentum: z.number().min(0).max(0.9999).default(0.9).describe('momentum of SGD'),
      weightDecay: z.number().min(0).max(1).default(5e-4).describe('weight decay of SGD'),
    })
    .prefault({}),
  joint: z
    .strictObject({
      schedule: z
        .enum(['cycle', 'cyclePerIteration', 'constant'])
        .default('cycle')
        .describe(
          'learning rate after the first epochs: one cycle over all iterations, one in each, or the same throughout',
        ),
      learningRate: z.number().positive().max(10).default(0.1).describe('peak of the cycles, or the constant rate'),
    })
    .prefault({}),
  losses: z
    .strictObject({
      classWeighting: z
        .enum(['inverse', 'effective'])
        .default('inverse')
        .describe('class-weights: one over the count of a class, or over its effective number'),
      effectiveBeta: z
        .number()
        .min(0)
        .lt(1)
        .default(0.9999)
        .describe('class-weights and ldam-drw: beta of the effective number (1 - beta^n) / (1 - beta)'),
      focalGamma: z.number().gt(0).max(16).default(2).describe('focal: exponent of 1 - p'),
      ldamMargin: z.number().min(0).max(100).default(0.5).describe('ldam-drw: margin of the smallest class'),
      ldamScale: z.number().gt(0).max(100).default(1).describe('ldam-drw: what the logits are multiplied with'),
      ldamDeferral: unit.default(0.8).describe('ldam-drw: share of the epochs before the class weights'),
      asymmetricMargin: z
        .number()
        .min(0)
        .max(100)
        .default(1)
        .describe('asymmetric-margin: margin of the minor classes'),
      logitTau: z.number().min(0).max(10).default(1).describe('logit-adjustment: factor of the log-priors'),
    })
    .prefault({}),
  method: z
    .strictObject({
      arms: z
        .array(z.enum(armNames))
        .min(1)
        .default([...extrapolationArmNames])
        .describe('what is compared: ways to choose and place synthetic samples, and losses to train with instead'),
      retraining: z
        .enum(['head', 'joint'])
        .default('head')
        .describe('what the iterations train: the last layer on fixed latents, or the whole network on images too'),
      iterations: methodOptions.iterations,
      epochsPerIteration: positive.default(10).describe('epochs of training in each round'),
      minorRatio: unit.default(0.5).describe('a class below this share of the largest is minor'),
      minors: z.array(z.string()).optional().describe('minor classes by hand, instead of minorRatio'),
      classDistance: methodOptions.classDistance,
      assignment: methodOptions.assignment,
      classPairs: z
        .array(z.strictObject({ minor: z.string(), major: z.string() }))
        .optional()
        .describe('for assignment fixed'),
      pairAccuracy: methodOptions.pairAccuracy,
      samplePairs: methodOptions.samplePairs,
      selectionShare: methodOptions.selectionShare,
      newShare: z
        .number()
        .gt(0)
        .max(10)
        .default(0.1)
        .describe('new latents an iteration, as a share of the minor count'),
      placement: methodOptions.placement,
      reading: methodOptions.reading,
      gamma: methodOptions.gamma,
      pMax: methodOptions.pMax,
      pMin: methodOptions.pMin,
      tau: methodOptions.tau,
      separable: methodOptions.separable,
      overlapped: methodOptions.overlapped,
      algorithm2: methodOptions.algorithm2,
    })
    .prefault({}),
});

/** A run's options, complete. */
export type RunConfig = z.output<typeof runConfigSchema>;
/** A run's options as a caller gives them. */
export type RunConfigInput = z.input<typeof runConfigSchema>;
