import { paperClassPairs } from '../../src/method/paper-class-pairs.ts';
import type { Outcome, ShortEvaluation } from '../../src/reproduce/outcome.ts';
import { curveRecalls } from '../../src/reproduce/outcome.ts';
import { ratioPair } from '../../src/reproduce/studies.ts';
import { type ArmName, runConfigSchema } from '../../src/run/config.ts';

export interface MadeUpOutcome {
  readonly arm: ArmName;
  readonly seed: number;
  /** Average precision by minor class, of the arm and of the control. */
  readonly areas: Readonly<Record<string, number>>;
  readonly controlAreas?: Readonly<Record<string, number>>;
  readonly accuracy?: number;
  readonly trainingFlop?: number;
  /** Minor classes whose pairs are overlapped. */
  readonly overlapped?: readonly string[];
  /** Closest major by minor class; the paper's unless told. */
  readonly found?: Readonly<Record<string, string>>;
}

/** An outcome with the figures that a test cares about; all others are 0.5, empty or 1. */
export function madeUpOutcome(given: MadeUpOutcome): Outcome {
  const {
    arm,
    seed,
    areas,
    controlAreas = areas,
    accuracy = 0.5,
    trainingFlop = 1000,
    overlapped = [],
    found = {},
  } = given;
  const config = runConfigSchema.parse({ seed, method: { arms: [arm] } });
  return {
    job: `arm-${arm}-${seed}`,
    seed,
    arm,
    config,
    control: evaluation(controlAreas, accuracy),
    evaluation: evaluation(areas, accuracy),
    cost: {
      pairingFlop: 0,
      rankingFlop: 0,
      placementFlop: 0,
      projectionFlop: 0,
      trainingFlop,
      syntheticCount: 10,
      clippedCount: 0,
    },
    classPairs: paperClassPairs.map((pair) => ({
      ...pair,
      distance: 2,
      accuracy: overlapped.includes(pair.minor) ? 0.6 : 0.9,
      overlapped: overlapped.includes(pair.minor),
      algorithm2Iterations: 1,
    })),
    automaticPairs: paperClassPairs.map(({ minor, major }) => ({ minor, major: found[minor] ?? major, distance: 1 })),
    classCounts: [3000, 1000],
    backbone: {
      id: `backbone-${seed}`,
      parameterCount: 1,
      latentSize: 1,
      trainingFlop: 1,
      projectionFlop: 1,
      heldOutFlop: 1,
      epochs: [],
      ms: 1,
    },
    trainingEngine: 'made up',
    latentOps: 'made up',
    timing: { pairingMs: 1, latentOpsMs: 1, trainingMs: 1 },
  };
}

function evaluation(areas: Readonly<Record<string, number>>, accuracy: number): ShortEvaluation {
  return {
    accuracy,
    balancedAccuracy: accuracy,
    macroF1: 0.5,
    gMean: 0.5,
    mcc: 0.5,
    ece: 0.1,
    perClassRecall: [],
    minorRecall: 0.5,
    meanAveragePrecision: 0.5,
    confusion: [],
    pairs: [...paperClassPairs, ratioPair].map(({ minor, major }) => {
      const area = areas[`${minor}-${major}`] ?? areas[minor] ?? 0.5;
      return { minor, major, averagePrecision: area, trapezoidArea: area, precision: curveRecalls.map(() => area) };
    }),
  };
}
