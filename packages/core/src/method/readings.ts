import type { RunConfig } from '../run/config.ts';
import type { ArmName } from './arm-names.ts';
import { densityNeighborCount } from './density.ts';

/** One decision that the paper leaves open, and how this run took it. */
export interface Reading {
  /** The option that changes it, as a path into the configuration; `(fixed)` where there is none. */
  readonly option: string;
  readonly value: string;
  readonly meaning: string;
}

const fixed = '(fixed)';

/**
 * Every decision that the paper does not print and that could change a figure, with the value that
 * this configuration gives it: for `--dry-run` and the record, so that a reader can see which
 * reading of the paper made a figure.
 */
export function listReadings(config: RunConfig): Reading[] {
  return [
    ...methodReadings(config.method),
    ...trainingReadings(config),
    ...lossReadings(config),
    ...placementReadings(config.method),
  ];
}

function methodReadings(method: RunConfig['method']): Reading[] {
  return [
    method.minors
      ? reading('method.minors', method.minors.join(', '), 'these classes are minor, whatever their counts')
      : reading(
          'method.minorRatio',
          method.minorRatio,
          'a class with fewer rows than this share of the largest is minor',
        ),
    reading('method.classDistance', method.classDistance, {
      centroid: 'two classes are as far apart as their mean latents',
      nearest: 'a minor is as far from a major as its rows are, on average, from their nearest row of it',
    }),
    reading('method.assignment', method.assignment, {
      closest: 'each minor takes its closest major, which may serve several minors',
      matching: 'each minor takes a major of its own, with the least total distance',
      fixed: 'the class pairs are given by hand',
    }),
    ...(method.assignment === 'fixed' && method.classPairs
      ? [
          reading(
            'method.classPairs',
            method.classPairs.map((p) => `${p.major}-${p.minor}`).join(', '),
            'the pairs, major-minor',
          ),
        ]
      : []),
    reading('method.pairAccuracy', method.pairAccuracy, {
      twoWay: 'pair accuracy: the larger of the two logits on held-out images, averaged per class',
      tenWay: 'pair accuracy: the largest of all logits on held-out images, averaged per class',
    }),
    reading(fixed, 'once', 'when pair accuracy is measured: after the epochs on images, before any extrapolation'),
    reading('method.samplePairs', method.samplePairs, {
      'major-anchored': 'every major row with its nearest minor row',
      'minor-anchored': 'every minor row with its nearest major row',
    }),
    reading(
      fixed,
      'log-odds',
      'major rows are ranked by z_y - logsumexp(other logits): the order of the sample probability without its ties; recomputed in every iteration',
    ),
    reading(fixed, 'round, halves up', 'how a share becomes a count of rows; equal scores go to the lower row'),
    reading(
      'method.newShare',
      method.newShare,
      'new latents a class pair and iteration, as a share of the original minor count',
    ),
    reading(
      fixed,
      'without replacement',
      'new latents are drawn from the remaining sample pairs, each once before any twice in an iteration',
    ),
    reading(fixed, 'real rows only', 'a synthetic latent never becomes a member of a sample pair'),
    reading(
      'method.tau',
      method.tau,
      "Algorithm 1: pairs with accuracy up to this are overlapped (the value is the paper's)",
    ),
    reading('method.separable', method.separable, {
      random: "Algorithm 1: separable pairs get random extrapolation, as in the paper's experiment",
      nothing: "Algorithm 1: separable pairs get nothing, as in the paper's pseudocode",
    }),
    reading('method.overlapped', method.overlapped, 'Algorithms 1 and 2: what overlapped pairs get'),
    reading('method.algorithm2', method.algorithm2, {
      relative: 'Algorithm 2: max(1, round(Iter * (1 - acc) / (1 - min acc))) iterations, the first ones',
      complement: 'Algorithm 2: round(Iter * (1 - acc)) iterations, the first ones',
      inverse: 'Algorithm 2: round(Iter * min acc / acc) iterations, the first ones',
    }),
  ];
}

function placementReadings(method: RunConfig['method']): Reading[] {
  return [
    reading('method.placement', method.placement, {
      middle: 'random, top and bottom put a new latent half way between its parents',
      crossing: 'random, top and bottom put a new latent where the classifier is undecided between its parents',
    }),
    reading('method.reading', method.reading, {
      boundary: 'd_normal, d_abnormal: distance to the linear boundary between the two classes',
      centroid: 'd_normal, d_abnormal: distance to the own class mean',
      probability: 'd_normal, d_abnormal: 1 - probability of the own class',
      density: `d_normal, d_abnormal: mean distance to the ${densityNeighborCount} nearest rows of the own class`,
    }),
    reading(
      'method.gamma',
      method.gamma,
      "gamma of equation (1) (the default is the paper's); only gamma * pMax matters",
    ),
    reading('method.pMax', method.pMax, 'Pmax of equation (1)'),
    reading('method.pMin', method.pMin, 'P, the weight of the minor sample, is clipped to [pMin, 1]'),
    reading(fixed, '0/0 = 1', 'd_normal / d_abnormal where both are 0; x/0 puts P at the clip'),
  ];
}

function trainingReadings({ backbone, head, joint, data, method }: RunConfig): Reading[] {
  return [
    reading('data.heldOutCount', data.heldOutCount, 'training images of each class that only measure pair accuracy'),
    reading('method.retraining', method.retraining, {
      head: 'what the iterations train: the last linear layer, on fixed latents',
      joint: 'what the iterations train: images train everything, synthetic latents the last linear layer',
    }),
    reading(
      fixed,
      `${method.iterations} x ${method.epochsPerIteration} epochs`,
      'extra training that every arm gets, none included',
    ),
    reading('backbone.name', `${backbone.name}, width ${backbone.width}`, 'the network; with batch norm'),
    reading(
      'backbone',
      `momentum ${backbone.momentum}, weight decay ${backbone.weightDecay}, batch ${backbone.batchSize}, one cycle to ${backbone.peakLearningRate}`,
      'SGD on images',
    ),
    reading('backbone.flip', backbone.flip ? 'on' : 'off', 'half of the training images are mirrored at random'),
    reading(
      'backbone.shift',
      `${backbone.shift} pixels`,
      'how far training images move at random in each direction; what was beyond the border is the mean',
    ),
    ...(method.retraining === 'joint'
      ? jointReadings(joint)
      : [
          reading(
            'head',
            `learning rate ${head.learningRate}, momentum ${head.momentum}, weight decay ${head.weightDecay}, batch ${head.batchSize}`,
            'SGD on latents',
          ),
        ]),
    reading(fixed, 'training rows', 'whose channel means and deviations standardize the images'),
  ];
}

/** Of the loss arms that the run has. */
function lossReadings({ losses, method }: RunConfig): Reading[] {
  const byCount = losses.classWeighting === 'inverse';
  const readings: readonly (readonly [readonly ArmName[], Reading])[] = [
    [
      ['class-weights'],
      reading('losses.classWeighting', losses.classWeighting, {
        inverse: 'class-weights: a row weighs one over the count of its class',
        effective: 'class-weights: a row weighs one over the effective number of its class',
      }),
    ],
    [['focal'], reading('losses.focalGamma', losses.focalGamma, 'focal: (1 - p)^gamma times cross-entropy')],
    [
      ['ldam-drw'],
      reading(
        'losses.ldamMargin',
        losses.ldamMargin,
        'ldam-drw: margin of the smallest class; those of the others fall with the fourth root of their counts',
      ),
    ],
    [
      ['ldam-drw'],
      reading(
        'losses.ldamScale',
        losses.ldamScale,
        'ldam-drw: factor of the logits, which are those of a linear layer: neither latents nor weights are normalized',
      ),
    ],
    [
      ['ldam-drw'],
      reading(
        'losses.ldamDeferral',
        losses.ldamDeferral,
        'ldam-drw: share of the epochs before a row weighs one over the effective number of its class',
      ),
    ],
    [
      byCount ? ['ldam-drw'] : ['ldam-drw', 'class-weights'],
      reading('losses.effectiveBeta', losses.effectiveBeta, 'beta of the effective number (1 - beta^n) / (1 - beta)'),
    ],
    [
      ['asymmetric-margin'],
      reading(
        'losses.asymmetricMargin',
        losses.asymmetricMargin,
        'asymmetric-margin: taken off the logit of a minor row',
      ),
    ],
    [
      ['logit-adjustment'],
      reading('losses.logitTau', losses.logitTau, 'logit-adjustment: while training, logits plus tau log(prior)'),
    ],
  ];
  return readings.flatMap(([arms, one]) => (arms.some((arm) => method.arms.includes(arm)) ? [one] : []));
}

function jointReadings({ schedule, learningRate }: RunConfig['joint']): Reading[] {
  return [
    reading('joint.schedule', schedule, {
      cycle: 'learning rate after the first epochs: one more cycle, over all iterations',
      cyclePerIteration: 'learning rate after the first epochs: a cycle in each iteration',
      constant: 'learning rate after the first epochs: the same throughout',
    }),
    reading('joint.learningRate', learningRate, 'peak of these cycles, or the constant rate'),
    reading(fixed, 'resumed', 'momentum goes on from the first epochs; the rest of SGD is as in them'),
    reading(
      fixed,
      'every latent once an epoch',
      'synthetic latents are dealt out evenly to the steps of an epoch, beside the images; one weighs as much as an image',
    ),
    reading(
      fixed,
      'once an iteration',
      'when rows are projected anew, sample pairs found anew and synthetic latents moved with their parents',
    ),
  ];
}

function reading(option: string, value: string | number, meaning: string): Reading;
function reading<V extends string>(option: string, value: V, meanings: Readonly<Record<V, string>>): Reading;
function reading(option: string, value: string | number, meaning: string | Readonly<Record<string, string>>): Reading {
  return { option, value: String(value), meaning: typeof meaning === 'string' ? meaning : meaning[value] };
}
