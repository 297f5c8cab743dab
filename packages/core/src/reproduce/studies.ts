import { paperClassPairs } from '../method/paper-class-pairs.ts';
import type { ArmName, RunConfig } from '../run/config.ts';
import { ablationFactors, ablationKey } from './ablation.ts';

export const experimentNames = ['fig1', 'fig2', 'fig3', 'class-specific', 'ablation'] as const;
/** A part of the paper that can be done again. */
export type ExperimentName = (typeof experimentNames)[number];

/** One arm under one configuration: what every seed does once, and figures and claims refer to by its key. */
export interface Study {
  /** `pairs/random`, `ratio-6/bottom`, `ablation/gamma=0.4`. */
  readonly key: string;
  readonly arm: ArmName;
  /** The seed in it is not used. */
  readonly config: RunConfig;
  /** Shown where its results are there, and never asked for: it takes too long. */
  readonly isOptional: boolean;
}

export const figureArms = ['none', 'random', 'top', 'bottom', 'asymmetric'] as const satisfies readonly ArmName[];

/** Figure 2: the minor class of its pair against 3000 images of each major, as shares of the other minors' count. */
export const ratios = [
  { key: 'ratio-3', name: '3:1', share: 1 },
  { key: 'ratio-6', name: '6:1', share: 0.5 },
  { key: 'ratio-10', name: '10:1', share: 0.3 },
] as const;

export const ratioPair = { minor: 'cat', major: 'airplane' } as const;

/** The paper's pairs, the cat's with the major of figure 2. */
const ratioClassPairs = paperClassPairs.map((pair) => (pair.minor === ratioPair.minor ? ratioPair : pair));

type Method = RunConfig['method'];

const withMethod = (config: RunConfig, method: Partial<Method>): RunConfig => ({
  ...config,
  method: { ...config.method, ...method },
});

/**
 * What an experiment consists of, each study once.
 * @param base options that all studies share; pairs and arms are the experiments' own.
 */
export function studiesOf(experiment: ExperimentName, base: RunConfig): Study[] {
  const study = (key: string, arm: ArmName, config: RunConfig, isOptional = false): Study => ({
    key,
    arm,
    config,
    isOptional,
  });
  const onPairs = (classPairs: readonly { readonly minor: string; readonly major: string }[], method = {}) =>
    withMethod(base, { assignment: 'fixed', classPairs: [...classPairs], ...method });
  // `none` makes no latents, so what it is evaluated on does not change it: one training serves figures 1 and 2.
  const pairsOf = (arm: ArmName) => (arm === 'none' ? [...paperClassPairs, ratioPair] : paperClassPairs);
  const pairs = (arm: ArmName, method: Partial<Method> = {}) => onPairs(pairsOf(arm), method);
  const named = (arms: readonly ArmName[]) => arms.map((arm) => study(`pairs/${arm}`, arm, pairs(arm)));

  switch (experiment) {
    case 'fig1':
      return named(figureArms);
    case 'fig2':
      return ratios.flatMap(({ key, share }) =>
        figureArms.map((arm) => {
          const isFull = share === 1;
          const config = isFull && arm === 'none' ? pairs(arm) : onPairs(ratioClassPairs);
          const classCounts = { [ratioPair.minor]: Math.round(share * base.data.minorCount) };
          return study(`${key}/${arm}`, arm, isFull ? config : { ...config, data: { ...config.data, classCounts } });
        }),
      );
    case 'fig3':
      // The pairs need the latents after the first epochs; the head is the cheapest way to a record of them.
      return [study('found-pairs/none', 'none', pairs('none', { retraining: 'head' }))];
    case 'class-specific':
      return named(['none', 'random', 'asymmetric', 'algorithm1', 'algorithm2']);
    case 'ablation':
      return [
        ...named([...figureArms, 'algorithm1', 'algorithm2']),
        ...ablationFactors(base.method.retraining).flatMap((factor) =>
          factor.levels.map(({ label, method }) =>
            study(ablationKey(factor, label), factor.arm, pairs(factor.arm, method), factor.isOptional),
          ),
        ),
      ];
  }
}
