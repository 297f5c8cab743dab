import type { ArmName, RunConfig } from '../run/config.ts';

type Method = RunConfig['method'];

/** A reading of the paper that could be another, with its other values; one is changed at a time. */
export interface AblationFactor {
  readonly id: string;
  /** What a figure calls it. */
  readonly title: string;
  /** The arm that the reading changes; its study under the base reading is what the levels are compared with. */
  readonly arm: ArmName;
  /** The base value, for people. */
  readonly base: string;
  readonly levels: readonly { readonly label: string; readonly method: Partial<Method> }[];
  readonly isOptional: boolean;
}

export const ablationKey = ({ id }: Pick<AblationFactor, 'id'>, label: string): string => `ablation/${id}=${label}`;

const labelled = <K extends keyof Method>(key: K, values: readonly Method[K][]) =>
  values.map((value) => ({ label: String(value), method: { [key]: value } as Partial<Method> }));

/**
 * The readings that [the method's guide](../../../../apps/docs/guide/method.md) names as ours.
 * @param retraining of the base; the other one is a level of its own, and is not asked for where it takes days.
 */
export function ablationFactors(retraining: Method['retraining']): AblationFactor[] {
  const factor = (
    id: string,
    title: string,
    arm: ArmName,
    base: string,
    levels: AblationFactor['levels'],
    isOptional = false,
  ): AblationFactor => ({ id, title, arm, base, levels, isOptional });
  const other = retraining === 'head' ? 'joint' : 'head';
  return [
    factor(
      'd',
      'd of equation (1)',
      'asymmetric',
      'boundary',
      labelled('reading', ['centroid', 'probability', 'density']),
    ),
    factor('gamma', '\u03b3', 'asymmetric', '\u22120.4', labelled('gamma', [-0.8, -0.2, 0.4])),
    factor('p-max', 'Pmax', 'asymmetric', '0.5', labelled('pMax', [0.25, 1])),
    factor('p-min', 'least P', 'asymmetric', '0.1', labelled('pMin', [0, 0.3])),
    factor('anchor', 'sample pairs', 'asymmetric', 'major-anchored', labelled('samplePairs', ['minor-anchored'])),
    factor('share', 'selected share', 'asymmetric', '0.3', labelled('selectionShare', [0.1, 0.5, 1])),
    factor('retraining', 'retraining', 'asymmetric', retraining, labelled('retraining', [other]), other === 'joint'),
    factor('tau', '\u03c4 (Algorithm 1)', 'algorithm1', '0.7', labelled('tau', [0.8, 0.9, 0.95])),
    factor('accuracy', 'pair accuracy (Algorithm 1)', 'algorithm1', 'twoWay', labelled('pairAccuracy', ['tenWay'])),
    factor('separable', 'separable pairs (Algorithm 1)', 'algorithm1', 'random', labelled('separable', ['nothing'])),
    factor(
      'formula',
      'formula (Algorithm 2)',
      'algorithm2',
      'relative',
      labelled('algorithm2', ['complement', 'inverse']),
    ),
  ];
}
