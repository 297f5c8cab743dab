import { InvalidInputError, portableExp } from '@csx/wgsl-kernels';
import { naturalLog } from '../random/natural-log.ts';

/** Counts of rows, `[true class][predicted class]`. */
export type ConfusionMatrix = readonly (readonly number[])[];

/** Counts the rows of each true and predicted class. Class numbers must be below `classCount`. */
export function confusionMatrix(
  labels: ArrayLike<number>,
  predicted: ArrayLike<number>,
  classCount: number,
): number[][] {
  if (labels.length !== predicted.length) {
    throw new InvalidInputError(
      `confusion-matrix: ${predicted.length} predictions for ${labels.length} labels, expected one a label`,
    );
  }
  const counts = Array.from({ length: classCount }, () => new Array<number>(classCount).fill(0));
  for (let i = 0; i < labels.length; i++) {
    if (!(labels[i] < classCount) || !(predicted[i] < classCount)) {
      throw new InvalidInputError(
        `confusion-matrix: row ${i} has label ${labels[i]} and prediction ${predicted[i]}, expected classes below ${classCount}`,
      );
    }
    counts[labels[i]][predicted[i]]++;
  }
  return counts;
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const mean = (values: readonly number[]) => (values.length === 0 ? 0 : sum(values) / values.length);
const rowTotals = (confusion: ConfusionMatrix) => confusion.map(sum);
const columnTotals = (confusion: ConfusionMatrix) => confusion.map((_, k) => sum(confusion.map((row) => row[k])));
const correctCounts = (confusion: ConfusionMatrix) => confusion.map((row, k) => row[k]);

/** Share of rows predicted right; 0 without rows. */
export function accuracy(confusion: ConfusionMatrix): number {
  const total = sum(rowTotals(confusion));
  return total === 0 ? 0 : sum(correctCounts(confusion)) / total;
}

/** Recall of each class; 0 for a class without rows, which the means below leave out. */
export function perClassRecall(confusion: ConfusionMatrix): number[] {
  const totals = rowTotals(confusion);
  return confusion.map((row, k) => (totals[k] === 0 ? 0 : row[k] / totals[k]));
}

/** Mean recall of the classes named, those without rows left out; 0 if none is left. */
export function meanRecall(confusion: ConfusionMatrix, classes: readonly number[]): number {
  const recall = perClassRecall(confusion);
  const totals = rowTotals(confusion);
  return mean(classes.filter((k) => totals[k] > 0).map((k) => recall[k]));
}

/** Mean recall of the classes that have rows (scikit-learn's `balanced_accuracy_score`). */
export function balancedAccuracy(confusion: ConfusionMatrix): number {
  return meanRecall(confusion, [...confusion.keys()]);
}

/**
 * Mean F1 of the classes that occur among labels or predictions (scikit-learn's
 * `f1_score(average='macro', zero_division=0)`).
 */
export function macroF1(confusion: ConfusionMatrix): number {
  const actual = rowTotals(confusion);
  const predicted = columnTotals(confusion);
  const present = [...confusion.keys()].filter((k) => actual[k] + predicted[k] > 0);
  return mean(present.map((k) => (2 * confusion[k][k]) / (actual[k] + predicted[k])));
}

/** Geometric mean of the recalls of the classes that have rows; 0 as soon as one recall is 0. */
export function gMean(confusion: ConfusionMatrix): number {
  const totals = rowTotals(confusion);
  const recalls = perClassRecall(confusion).filter((_, k) => totals[k] > 0);
  if (recalls.length === 0 || recalls.includes(0)) return 0;
  // Through logarithms, since a product over many classes would underflow.
  return portableExp(mean(recalls.map(naturalLog)));
}

/**
 * Matthews' correlation coefficient for several classes (Gorodkin 2004, as scikit-learn's
 * `matthews_corrcoef`); 0 when all labels or all predictions are of one class.
 */
export function matthewsCorrelation(confusion: ConfusionMatrix): number {
  const actual = rowTotals(confusion);
  const predicted = columnTotals(confusion);
  const total = sum(actual);
  const dot = (a: readonly number[], b: readonly number[]) => sum(a.map((value, k) => value * b[k]));
  const covariance = sum(correctCounts(confusion)) * total - dot(actual, predicted);
  const actualVariance = total * total - dot(actual, actual);
  const predictedVariance = total * total - dot(predicted, predicted);
  if (actualVariance === 0 || predictedVariance === 0) return 0;
  // Two roots, since the product of the variances may exceed what float64 holds exactly.
  return covariance / Math.sqrt(actualVariance) / Math.sqrt(predictedVariance);
}
