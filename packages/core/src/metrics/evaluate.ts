import { InvalidInputError, type Matrix, NumericError } from '@csx/wgsl-kernels';
import type { Evaluation, PairMetrics } from '../run/record.ts';
import { calibrationBins, expectedCalibrationError } from './calibration.ts';
import {
  accuracy,
  balancedAccuracy,
  confusionMatrix,
  gMean,
  macroF1,
  matthewsCorrelation,
  meanRecall,
  perClassRecall,
} from './confusion.ts';
import { averagePrecision, precisionRecallCurve, trapezoidArea } from './precision-recall.ts';
import { rocCurve } from './roc.ts';
import { predictedClasses } from './softmax.ts';
import { thinCurve } from './thin-curve.ts';

/** Points of a curve that a record keeps at most. */
export const storedCurvePoints = 400;

export interface EvaluateInput {
  /** [n, c] of the test images. */
  readonly logits: Matrix;
  /** [n] true classes, each below c. */
  readonly labels: ArrayLike<number>;
  /** [c] */
  readonly classNames: readonly string[];
  readonly classPairs: readonly { readonly minor: string; readonly major: string }[];
  /** Names of the classes whose recalls `minorRecall` averages. */
  readonly minorClasses: readonly string[];
}

/**
 * All figures of one classifier on the test images, in float64.
 *
 * Curves are thinned to {@link storedCurvePoints}; areas come from the whole curve. A class without
 * test images has recall 0 and is left out of every mean. A class pair of which one class has no
 * test images gets areas 0 and an empty curve, and is left out of the mean average precision.
 * @throws InvalidInputError for shapes or names that do not fit. @throws NumericError for a logit
 * that is not finite.
 */
export function evaluate(input: EvaluateInput): Evaluation {
  const { logits, labels, classNames, classPairs } = input;
  checkShapes(input);
  const indexOf = (name: string) => {
    const index = classNames.indexOf(name);
    if (index < 0) {
      throw new InvalidInputError(`evaluate: no class is named "${name}", expected one of ${classNames.join(', ')}`);
    }
    return index;
  };
  const confusion = confusionMatrix(labels, predictedClasses(logits), classNames.length);
  const pairs = classPairs.map((pair) => evaluatePair(logits, labels, pair, indexOf(pair.minor), indexOf(pair.major)));
  const measured = pairs.filter((pair) => pair.curve.recall.length > 0);
  const calibration = calibrationBins(logits, labels);
  return {
    accuracy: accuracy(confusion),
    balancedAccuracy: balancedAccuracy(confusion),
    macroF1: macroF1(confusion),
    gMean: gMean(confusion),
    mcc: matthewsCorrelation(confusion),
    ece: expectedCalibrationError(calibration),
    calibration,
    perClassRecall: perClassRecall(confusion),
    minorRecall: meanRecall(confusion, input.minorClasses.map(indexOf)),
    meanAveragePrecision:
      measured.length === 0 ? 0 : measured.reduce((sum, pair) => sum + pair.averagePrecision, 0) / measured.length,
    confusion,
    pairs,
  };
}

function evaluatePair(
  logits: Matrix,
  labels: ArrayLike<number>,
  names: { readonly minor: string; readonly major: string },
  minor: number,
  major: number,
): PairMetrics {
  const scores: number[] = [];
  const positive: boolean[] = [];
  for (let row = 0; row < logits.n; row++) {
    if (labels[row] !== minor && labels[row] !== major) continue;
    // p_minor / (p_minor + p_major) is the logistic function of this difference. The curve depends
    // on the order of the scores alone, and the difference of two f32 orders them without saturating.
    scores.push(logits.data[row * logits.d + minor] - logits.data[row * logits.d + major]);
    positive.push(labels[row] === minor);
  }
  const { minor: minorName, major: majorName } = names;
  if (!positive.includes(true) || !positive.includes(false)) {
    return {
      minor: minorName,
      major: majorName,
      averagePrecision: 0,
      trapezoidArea: 0,
      rocArea: 0,
      curve: { recall: [], precision: [] },
      roc: { falsePositiveRate: [], truePositiveRate: [] },
    };
  }
  const { recall, precision } = precisionRecallCurve(scores, positive);
  const kept = thinCurve({ x: recall, y: precision }, storedCurvePoints);
  const { falsePositiveRate, truePositiveRate } = rocCurve(scores, positive);
  const keptRoc = thinCurve({ x: falsePositiveRate, y: truePositiveRate }, storedCurvePoints);
  return {
    minor: minorName,
    major: majorName,
    averagePrecision: averagePrecision({ recall, precision }),
    trapezoidArea: trapezoidArea(recall, precision),
    rocArea: trapezoidArea(falsePositiveRate, truePositiveRate),
    curve: { recall: kept.map((i) => recall[i]), precision: kept.map((i) => precision[i]) },
    roc: {
      falsePositiveRate: keptRoc.map((i) => falsePositiveRate[i]),
      truePositiveRate: keptRoc.map((i) => truePositiveRate[i]),
    },
  };
}

function checkShapes({ logits, labels, classNames }: EvaluateInput): void {
  if (logits.data.length !== logits.n * logits.d) {
    throw new InvalidInputError(
      `evaluate: logits hold ${logits.data.length} values, expected n * d = ${logits.n} * ${logits.d}`,
    );
  }
  if (logits.d !== classNames.length) {
    throw new InvalidInputError(`evaluate: logits have ${logits.d} columns for ${classNames.length} class names`);
  }
  if (labels.length !== logits.n) {
    throw new InvalidInputError(`evaluate: ${labels.length} labels for ${logits.n} rows of logits`);
  }
  const bad = logits.data.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    throw new NumericError(
      `evaluate: logit of row ${Math.floor(bad / logits.d)}, class ${classNames[bad % logits.d]} is ${logits.data[bad]}`,
      { hint: 'The training diverged: lower the learning rate.' },
    );
  }
}
