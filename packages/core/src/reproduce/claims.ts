import { paperClassPairs } from '../method/paper-class-pairs.ts';
import type { ClassPairNames, Measure, SeriesOfStudy, StudyGroup } from './measures.ts';
import { type ExperimentName, ratioPair, ratios } from './studies.ts';

/** A sum of measures that a claim says something about; its value is computed seed by seed, so differences are paired. */
export interface Contrast {
  readonly label: string;
  readonly terms: readonly { readonly weight: number; readonly measure: Measure }[];
  /**
   * What is claimed of it. `above`: above 0. `level`: within the margin of 0. `notBelow`: not below 0 by more than the
   * margin. `always`: a measure of 0 and 1 that is 1.
   */
  readonly relation: 'above' | 'level' | 'notBelow' | 'always';
}

/** Something the paper says, and how it is decided: it holds if all of its contrasts do. */
export interface Claim {
  readonly id: string;
  readonly experiment: ExperimentName;
  readonly text: string;
  /** Section or figure of the paper. */
  readonly source: string;
  /** What it is measured against, where the paper leaves that open. */
  readonly against?: string;
  readonly contrasts: readonly Contrast[];
}

const [airplanePair, truckPair, horsePair, frogPair, dogPair] = paperClassPairs;

const area = (series: SeriesOfStudy, pair: ClassPairNames, group: StudyGroup = 'pairs'): Measure => ({
  kind: 'averagePrecision',
  group,
  series,
  pair,
});

const difference = (label: string, relation: Contrast['relation'], more: Measure, less: Measure): Contrast => ({
  label,
  relation,
  terms: [
    { weight: 1, measure: more },
    { weight: -1, measure: less },
  ],
});

const pairText = ({ minor, major }: ClassPairNames) => `${major}-${minor}`;

/** Each of `better` above each of `worse` on one pair. */
const order = (
  pair: ClassPairNames,
  better: readonly SeriesOfStudy[],
  worse: readonly SeriesOfStudy[],
  group: StudyGroup = 'pairs',
  where = '',
): Contrast[] =>
  better.flatMap((more) =>
    worse.map((less) =>
      difference(`${where}${more} \u2212 ${less}`, 'above', area(more, pair, group), area(less, pair, group)),
    ),
  );

/** How much more one arm gains over another on one pair than on a second one. */
const moreGain = (pair: ClassPairNames, than: ClassPairNames, more: SeriesOfStudy, less: SeriesOfStudy): Contrast => ({
  label: `${more} \u2212 ${less}: ${pairText(pair)} above ${pairText(than)}`,
  relation: 'above',
  terms: [
    { weight: 1, measure: area(more, pair) },
    { weight: -1, measure: area(less, pair) },
    { weight: -1, measure: area(more, than) },
    { weight: 1, measure: area(less, than) },
  ],
});

/** The paper's control, and the one that had as many epochs as the arms. */
const controls = [
  { suffix: 'first-epochs', series: 'control', against: 'the network after its first 10 epochs, as the paper does' },
  { suffix: 'equal-epochs', series: 'none', against: 'none, which is trained as long as the arms' },
] as const;

const ratioText = (key: StudyGroup) => ratios.find((ratio) => ratio.key === key)?.name ?? key;

const each: readonly Claim[] = [
  {
    id: 'found-pairs',
    experiment: 'fig3',
    text: 'The closest minor-major pairs in latent space are those of figure 3.',
    source: 'Class Specific Extrapolation; figure 3',
    contrasts: [
      {
        label: 'all five pairs found',
        relation: 'always',
        terms: [{ weight: 1, measure: { kind: 'foundPairsAre', pairs: paperClassPairs } }],
      },
    ],
  },
  {
    id: 'airplane-biases',
    experiment: 'fig1',
    text: 'On airplane-automobile no kind of biased extrapolation improves significantly on random.',
    source: 'Separable Classes; figure 1 (a), (b)',
    contrasts: (['top', 'bottom', 'asymmetric'] as const).map((arm) =>
      difference(`${arm} \u2212 random`, 'level', area(arm, airplanePair), area('random', airplanePair)),
    ),
  },
  {
    id: 'truck-worse',
    experiment: 'fig1',
    text: 'Trucks and ships are told apart worse at first than airplanes and automobiles.',
    source: 'Separable Classes; figure 1 (c), (d)',
    contrasts: [
      difference(
        'airplane-automobile \u2212 truck-ship',
        'above',
        area('control', airplanePair),
        area('control', truckPair),
      ),
    ],
  },
  {
    id: 'truck-order',
    experiment: 'fig1',
    text: 'On truck-ship, asymmetric has the best area and bottom the second best.',
    source: 'Separable Classes; figure 1 (c), (d)',
    contrasts: [
      ...order(truckPair, ['asymmetric'], ['bottom']),
      ...order(truckPair, ['bottom'], ['none', 'random', 'top']),
    ],
  },
  {
    id: 'dog-worst',
    experiment: 'fig1',
    text: 'Dogs and cats are the hardest pair.',
    source: 'Overlapped Classes; figure 1 (g)',
    contrasts: [airplanePair, truckPair, horsePair, frogPair].map((pair) =>
      difference(`${pairText(pair)} \u2212 dog-cat`, 'above', area('control', pair), area('control', dogPair)),
    ),
  },
  {
    id: 'dog-order',
    experiment: 'fig1',
    text: 'On dog-cat, asymmetric and bottom are both clearly above random and top.',
    source: 'Overlapped Classes; figure 1 (g)',
    contrasts: order(dogPair, ['asymmetric', 'bottom'], ['random', 'top']),
  },
  {
    id: 'horse-order',
    experiment: 'fig1',
    text: 'On horse-deer, asymmetric and bottom are both above random and top.',
    source: 'Overlapped Classes; figure 1 (h)',
    contrasts: order(horsePair, ['asymmetric', 'bottom'], ['random', 'top']),
  },
  {
    id: 'horse-effect',
    experiment: 'fig1',
    text: 'Biased extrapolation does more over random on horse-deer than on the separated pairs.',
    source: 'Overlapped Classes; figure 1 (h)',
    contrasts: [airplanePair, truckPair].map((than) => moreGain(horsePair, than, 'asymmetric', 'random')),
  },
  {
    id: 'overlapped-pairs',
    experiment: 'class-specific',
    text: 'At a threshold of 0.7, horse-deer and dog-cat are overlapped and the other three pairs are not.',
    source: 'Experimental Evaluation, Class Specific Extrapolation',
    contrasts: [
      {
        label: 'exactly these two',
        relation: 'always',
        terms: [{ weight: 1, measure: { kind: 'overlappedAre', minors: [horsePair.minor, dogPair.minor] } }],
      },
    ],
  },
  {
    id: 'accuracy-kept',
    experiment: 'class-specific',
    text: 'Class-specific extrapolation keeps the overall accuracy of biased extrapolation everywhere.',
    source: 'Experimental Evaluation, Class Specific Extrapolation',
    contrasts: [
      difference(
        'accuracy, Algorithm 1 \u2212 asymmetric',
        'notBelow',
        { kind: 'accuracy', series: 'algorithm1' },
        { kind: 'accuracy', series: 'asymmetric' },
      ),
    ],
  },
  {
    id: 'cost-saved',
    experiment: 'class-specific',
    text: 'Class-specific extrapolation saves computational cost (20.7 % in the paper, whose way of counting is not given).',
    source: 'Experimental Evaluation, Class Specific Extrapolation',
    contrasts: [
      { label: 'share of operations saved', relation: 'above', terms: [{ weight: 1, measure: { kind: 'savedCost' } }] },
    ],
  },
  {
    id: 'ratio-falls',
    experiment: 'fig2',
    text: 'With fewer images of the minor class, classification without extrapolation gets worse.',
    source: 'Ablation Study; figure 2',
    contrasts: [
      ['ratio-3', 'ratio-6'],
      ['ratio-6', 'ratio-10'],
    ].map(([more, less]) =>
      difference(
        `control, ${ratioText(more as StudyGroup)} \u2212 ${ratioText(less as StudyGroup)}`,
        'above',
        area('control', ratioPair, more as StudyGroup),
        area('control', ratioPair, less as StudyGroup),
      ),
    ),
  },
  {
    id: 'ratio-3-order',
    experiment: 'fig2',
    text: 'At 3:1, bottom and asymmetric are the best.',
    source: 'Ablation Study; figure 2',
    contrasts: order(ratioPair, ['asymmetric', 'bottom'], ['none', 'random', 'top'], 'ratio-3'),
  },
  {
    id: 'ratio-small-no-order',
    experiment: 'fig2',
    text: 'At 6:1 and 10:1, bottom and asymmetric are no better than random and top.',
    source: 'Ablation Study; figure 2',
    contrasts: (['ratio-6', 'ratio-10'] as const).flatMap((group) =>
      (['asymmetric', 'bottom'] as const).flatMap((arm) =>
        (['random', 'top'] as const).map((other) =>
          difference(
            `${ratioText(group)}: ${other} \u2212 ${arm}`,
            'notBelow',
            area(other, ratioPair, group),
            area(arm, ratioPair, group),
          ),
        ),
      ),
    ),
  },
];

const againstControls: readonly Claim[] = controls.flatMap(({ suffix, series, against }): Claim[] => [
  {
    id: `airplane-improves-${suffix}`,
    experiment: 'fig1',
    text: 'On airplane-automobile, extrapolation itself improves classification significantly.',
    source: 'Separable Classes; figure 1 (a), (b)',
    against,
    contrasts: order(airplanePair, ['random'], [series]),
  },
  {
    id: `truck-improves-${suffix}`,
    experiment: 'fig1',
    text: 'On truck-ship, biased extrapolations improve classification.',
    source: 'Separable Classes; figure 1 (c), (d)',
    against,
    contrasts: order(truckPair, ['asymmetric', 'bottom'], [series]),
  },
  {
    id: `dog-improves-${suffix}`,
    experiment: 'fig1',
    text: 'On dog-cat, asymmetric and bottom improve classification clearly.',
    source: 'Overlapped Classes; figure 1 (g)',
    against,
    contrasts: order(dogPair, ['asymmetric', 'bottom'], [series]),
  },
  {
    id: `ratio-improves-${suffix}`,
    experiment: 'fig2',
    text: 'At 3:1, 6:1 and 10:1, biased extrapolations increase the performance on airplane-cat.',
    source: 'Ablation Study; figure 2',
    against,
    contrasts: ratios.flatMap(({ key, name }) =>
      order(ratioPair, ['asymmetric', 'bottom'], [series], key, `${name}: `),
    ),
  },
]);

const paperOrder: readonly ExperimentName[] = ['fig3', 'fig1', 'class-specific', 'fig2'];

/** What the paper says of its experiments, in the order in which it does. */
export const claims: readonly Claim[] = [...each, ...againstControls].sort(
  (a, b) => paperOrder.indexOf(a.experiment) - paperOrder.indexOf(b.experiment),
);
