import { readFileSync } from 'node:fs';
import type { Matrix } from '@csx/wgsl-kernels';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { calibrationBins, expectedCalibrationError } from './calibration.ts';
import { confusionMatrix, gMean, matthewsCorrelation, meanRecall } from './confusion.ts';
import { evaluate, storedCurvePoints } from './evaluate.ts';
import { averagePrecision, precisionRecallCurve, trapezoidArea } from './precision-recall.ts';
import { rocCurve } from './roc.ts';
import { predictedClasses, softmaxRow } from './softmax.ts';
import { thinCurve } from './thin-curve.ts';

interface BinaryCase {
  name: string;
  scores: number[];
  positive: boolean[];
  precision: number[];
  recall: number[];
  thresholds: number[];
  averagePrecision: number;
  trapezoidArea: number;
  falsePositiveRate: number[] | null;
  truePositiveRate: number[] | null;
  rocArea: number | null;
}

interface ManyClassCase {
  name: string;
  n: number;
  classCount: number;
  logits: number[];
  labels: number[];
  confusion: number[][];
  accuracy: number;
  balancedAccuracy: number;
  macroF1: number;
  perClassRecall: number[];
  mcc: number;
  gMean: number | null;
  ece: number;
  calibration: { count: number; confidence: number; accuracy: number }[];
  pairs: { minor: number; major: number; averagePrecision: number; trapezoidArea: number; rocArea: number }[];
}

const oracle = JSON.parse(
  readFileSync(new URL('../../test/fixtures/metrics-oracle.json', import.meta.url), 'utf8'),
) as { binary: BinaryCase[]; manyClass: ManyClassCase[] };

// Both sides add at most 150 float64 terms in [0, 1] in another order: n * 2^-53 = 2e-14, times ten.
const digits = 12;
const expectAllClose = (actual: readonly number[], expected: readonly number[]) => {
  expect(actual.length).toBe(expected.length);
  actual.forEach((value, index) => {
    expect(value).toBeCloseTo(expected[index], digits);
  });
};
const matrix = (rows: readonly (readonly number[])[]): Matrix => ({
  data: Float32Array.from(rows.flat()),
  n: rows.length,
  d: rows[0]?.length ?? 0,
});
const names = (count: number) => Array.from({ length: count }, (_, k) => `class${k}`);

describe('precision-recall curve', () => {
  it.each(oracle.binary)('equals scikit-learn: $name', (expected) => {
    const curve = precisionRecallCurve(expected.scores, expected.positive);
    expectAllClose(curve.recall, expected.recall.toReversed());
    expectAllClose(curve.precision, expected.precision.toReversed());
    expect(curve.thresholds).toEqual(expected.thresholds.toReversed());
    expect(averagePrecision(curve)).toBeCloseTo(expected.averagePrecision, digits);
    expect(trapezoidArea(curve.recall, curve.precision)).toBeCloseTo(expected.trapezoidArea, digits);
  });

  const rows = fc.array(fc.record({ score: fc.integer({ min: -20, max: 20 }), positive: fc.boolean() }), {
    minLength: 1,
    maxLength: 80,
  });

  it('has ascending recall that ends at 1, and values in [0, 1]', () => {
    fc.assert(
      fc.property(rows, (sample) => {
        const curve = precisionRecallCurve(
          sample.map((r) => r.score),
          sample.map((r) => r.positive),
        );
        expect(curve.recall.at(-1)).toBe(1);
        curve.recall.forEach((value, i) => {
          expect(i === 0 || value >= curve.recall[i - 1]).toBe(true);
        });
        for (const value of [...curve.recall, ...curve.precision]) expect(value >= 0 && value <= 1).toBe(true);
      }),
    );
  });

  it('does not depend on the order of the rows, nor on a monotone change of the scores', () => {
    fc.assert(
      fc.property(rows, (sample) => {
        const scores = sample.map((r) => r.score);
        const positive = sample.map((r) => r.positive);
        const curve = precisionRecallCurve(scores, positive);
        const reversed = precisionRecallCurve(scores.toReversed(), positive.toReversed());
        const stretched = precisionRecallCurve(
          scores.map((s) => s ** 3 + s),
          positive,
        );
        expect(reversed).toEqual(curve);
        expect([stretched.recall, stretched.precision]).toEqual([curve.recall, curve.precision]);
      }),
    );
  });

  it('gives average precision 1 exactly when every positive scores above every negative', () => {
    fc.assert(
      fc.property(
        rows.filter((sample) => sample.some((r) => r.positive)),
        (sample) => {
          const positives = sample.filter((r) => r.positive).map((r) => r.score);
          const negatives = sample.filter((r) => !r.positive).map((r) => r.score);
          const separated = Math.min(...positives) > Math.max(...negatives, Number.NEGATIVE_INFINITY);
          const area = averagePrecision(
            precisionRecallCurve(
              sample.map((r) => r.score),
              sample.map((r) => r.positive),
            ),
          );
          // A mixed-up pair of rows lowers the sum by more than 1e-4 at 80 rows.
          expect(area > 1 - 1e-9).toBe(separated);
        },
      ),
    );
  });

  it('refuses NaN and lengths that differ', () => {
    expect(() => precisionRecallCurve([0, Number.NaN], [true, false])).toThrow('score 1 is NaN');
    expect(() => precisionRecallCurve([0], [true, false])).toThrow('2 labels for 1 scores');
  });
});

describe('ROC curve', () => {
  it.each(oracle.binary)('equals scikit-learn: $name', (expected) => {
    const { falsePositiveRate, truePositiveRate } = rocCurve(expected.scores, expected.positive);
    if (expected.falsePositiveRate === null || expected.truePositiveRate === null || expected.rocArea === null) {
      // scikit-learn has no rate of a class without rows.
      const missing = expected.positive.every((is) => is) ? falsePositiveRate : truePositiveRate;
      expect(new Set(missing)).toEqual(new Set([0]));
      return;
    }
    expectAllClose(falsePositiveRate, expected.falsePositiveRate);
    expectAllClose(truePositiveRate, expected.truePositiveRate);
    expect(trapezoidArea(falsePositiveRate, truePositiveRate)).toBeCloseTo(expected.rocArea, digits);
  });

  it('has the area that is the share of pairs in the right order, ties by half', () => {
    const rows = fc.array(fc.record({ score: fc.integer({ min: -5, max: 5 }), positive: fc.boolean() }), {
      minLength: 2,
      maxLength: 40,
    });
    fc.assert(
      fc.property(rows, (sample) => {
        const [above, below] = [true, false].map((is) => sample.filter(({ positive }) => positive === is));
        fc.pre(above.length > 0 && below.length > 0);
        const right = above.flatMap((a) => below.map((b) => (a.score > b.score ? 1 : a.score === b.score ? 0.5 : 0)));
        const share = right.reduce<number>((sum, one) => sum + one, 0) / right.length;
        const curve = rocCurve(
          sample.map(({ score }) => score),
          sample.map(({ positive }) => positive),
        );
        expect(trapezoidArea(curve.falsePositiveRate, curve.truePositiveRate)).toBeCloseTo(share, 10);
      }),
    );
  });

  it('refuses NaN and lengths that differ', () => {
    expect(() => rocCurve([0, Number.NaN], [true, false])).toThrow('roc: score 1 is NaN');
    expect(() => rocCurve([0], [true, false])).toThrow('roc: 2 labels for 1 scores');
    expect(rocCurve([], [])).toEqual({ falsePositiveRate: [0], truePositiveRate: [0] });
  });
});

describe('figures over all classes', () => {
  it.each(oracle.manyClass)('equal scikit-learn: $name', (expected) => {
    const classNames = names(expected.classCount);
    const evaluation = evaluate({
      logits: { data: Float32Array.from(expected.logits), n: expected.n, d: expected.classCount },
      labels: expected.labels,
      classNames,
      classPairs: expected.pairs.map((pair) => ({ minor: classNames[pair.minor], major: classNames[pair.major] })),
      minorClasses: ['class1'],
    });
    expect(evaluation.confusion).toEqual(expected.confusion);
    expectAllClose(evaluation.perClassRecall, expected.perClassRecall);
    for (const key of ['accuracy', 'balancedAccuracy', 'macroF1', 'mcc', 'ece'] as const) {
      expect(evaluation[key], key).toBeCloseTo(expected[key], digits);
    }
    if (expected.gMean !== null) expect(evaluation.gMean).toBeCloseTo(expected.gMean, digits);
    expect(evaluation.minorRecall).toBeCloseTo(expected.perClassRecall[1], digits);
    evaluation.calibration?.forEach((bin, index) => {
      expect(bin.count).toBe(expected.calibration[index].count);
      expect(bin.confidence).toBeCloseTo(expected.calibration[index].confidence, digits);
      expect(bin.accuracy).toBeCloseTo(expected.calibration[index].accuracy, digits);
    });
    expect(evaluation.calibration).toHaveLength(15);
    evaluation.pairs.forEach((pair, index) => {
      expect(pair.averagePrecision).toBeCloseTo(expected.pairs[index].averagePrecision, digits);
      expect(pair.trapezoidArea).toBeCloseTo(expected.pairs[index].trapezoidArea, digits);
      expect(pair.rocArea).toBeCloseTo(expected.pairs[index].rocArea, digits);
    });
  });

  it('leave a class without test rows out of the means', () => {
    const confusion = confusionMatrix([0, 0, 2, 2], [0, 1, 2, 2], 3);
    expect(meanRecall(confusion, [0, 1, 2])).toBe(0.75);
    expect(gMean(confusion)).toBeCloseTo(Math.sqrt(0.5), 14);
    expect(meanRecall(confusion, [1])).toBe(0);
  });

  it('follow a renaming of the classes', () => {
    const rows = fc.array(fc.tuple(fc.nat(3), fc.nat(3)), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(rows, (sample) => {
        const renamed = (k: number) => (k + 1) % 4;
        const plain = confusionMatrix(
          sample.map((r) => r[0]),
          sample.map((r) => r[1]),
          4,
        );
        const other = confusionMatrix(
          sample.map((r) => renamed(r[0])),
          sample.map((r) => renamed(r[1])),
          4,
        );
        expect(matthewsCorrelation(other)).toBeCloseTo(matthewsCorrelation(plain), digits);
        expect(gMean(other)).toBeCloseTo(gMean(plain), digits);
        expect(Math.abs(matthewsCorrelation(plain))).toBeLessThanOrEqual(1 + 1e-12);
      }),
    );
  });

  it('refuse a class beyond the last', () => {
    expect(() => confusionMatrix([0, 3], [0, 0], 3)).toThrow('row 1 has label 3');
  });
});

describe('softmax', () => {
  it('adds up to 1 and stays finite for logits 400 apart', () => {
    expect([...softmaxRow(matrix([[-200, 200, 200]]), 0)]).toEqual([Math.exp(-400) / 2, 0.5, 0.5]);
    const logits = fc.array(fc.double({ min: -1e4, max: 1e4, noNaN: true }), { minLength: 1, maxLength: 10 });
    fc.assert(
      fc.property(logits, (row) => {
        const probabilities = softmaxRow(matrix([row]), 0);
        expect(probabilities.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 14);
      }),
    );
  });

  it('gives equal logits to the lower class', () => {
    expect([
      ...predictedClasses(
        matrix([
          [1, 3, 3],
          [2, 2, 2],
        ]),
      ),
    ]).toEqual([1, 0]);
  });
});

describe('expected calibration error', () => {
  it('is 0 without rows, and for certain and right predictions', () => {
    const error = (logits: Matrix, labels: readonly number[]) =>
      expectedCalibrationError(calibrationBins(logits, labels));
    expect(error({ data: new Float32Array(0), n: 0, d: 3 }, [])).toBe(0);
    expect(
      error(
        matrix([
          [900, 0],
          [0, 900],
        ]),
        [0, 1],
      ),
    ).toBe(0);
    expect(error(matrix([[900, 0]]), [1])).toBe(1);
    const bins = calibrationBins(matrix([[900, 0]]), [1]);
    expect(bins.at(-1)).toEqual({ count: 1, confidence: 1, accuracy: 0 });
    expect(bins[0]).toEqual({ count: 0, confidence: 0, accuracy: 0 });
  });
});

describe('thinning a curve', () => {
  const noisy = (count: number) => {
    // A fixed sequence, equidistributed enough to look like a classifier's scores.
    const draw = (i: number) => (i * 0.754877666) % 1;
    const positive = Array.from({ length: count }, (_, i) => draw(i) < 0.5);
    const curve = precisionRecallCurve(
      positive.map((p, i) => draw(7 * i + 3) + (p ? 0.4 : 0)),
      positive,
    );
    return { x: curve.recall, y: curve.precision };
  };

  it('keeps the ends, the order and the limit, and moves the curve by less than a pixel', () => {
    const curve = noisy(5000);
    const kept = thinCurve(curve, storedCurvePoints);
    expect(kept.length).toBeLessThanOrEqual(storedCurvePoints);
    expect([kept[0], kept.at(-1)]).toEqual([0, curve.x.length - 1]);
    const area = trapezoidArea(
      kept.map((i) => curve.x[i]),
      kept.map((i) => curve.y[i]),
    );
    // A plot is about 300 pixels wide: no point may end up 1/300 away from the curve drawn.
    expect(Math.abs(area - trapezoidArea(curve.x, curve.y))).toBeLessThan(1 / 300);
    let segment = 0;
    curve.x.forEach((x, i) => {
      while (kept[segment + 1] < i) segment++;
      const [a, b] = [kept[segment], kept[segment + 1]];
      const [dx, dy] = [curve.x[b] - curve.x[a], curve.y[b] - curve.y[a]];
      const along = Math.min(
        1,
        Math.max(0, ((x - curve.x[a]) * dx + (curve.y[i] - curve.y[a]) * dy) / (dx * dx + dy * dy)),
      );
      const distance = Math.hypot(x - curve.x[a] - along * dx, curve.y[i] - curve.y[a] - along * dy);
      expect(distance).toBeLessThan(1 / 300);
    });
  });

  it('leaves short curves alone and drops points on a straight line', () => {
    expect(thinCurve({ x: [0, 1, 2], y: [5, 1, 5] }, 400)).toEqual([0, 1, 2]);
    expect(thinCurve({ x: [0, 1, 2, 3], y: [0, 1, 2, 3] }, 3)).toEqual([0, 3]);
    expect(thinCurve({ x: [], y: [] }, 3)).toEqual([]);
  });
});

describe('evaluate', () => {
  const classNames = ['a', 'b', 'c'];
  const logits = matrix([
    [2, 0, 0],
    [0, 2, 0],
    [0, 1, 0],
  ]);
  const base = { logits, labels: [0, 1, 1], classNames, classPairs: [], minorClasses: ['b'] };

  it('ranks a pair by the logit difference where the probabilities saturate', () => {
    // softmax rounds to exactly 1 for all three rows; their order is still known.
    const saturated = matrix([
      [0, 300, 0],
      [0, 200, 0],
      [0, 100, 0],
    ]);
    const result = evaluate({
      ...base,
      logits: saturated,
      labels: [1, 1, 0],
      classPairs: [{ minor: 'b', major: 'a' }],
    });
    expect(result.pairs[0].averagePrecision).toBe(1);
  });

  it('bounds the curves and takes the areas from the whole curve', () => {
    const n = 3000;
    const data = Float32Array.from({ length: 2 * n }, (_, i) =>
      i % 2 === 1 ? ((i * 0.754877666) % 1) + (i % 3) / 4 : 0,
    );
    const labels = Array.from({ length: n }, (_, i) => i % 2);
    const result = evaluate({
      logits: { data, n, d: 2 },
      labels,
      classNames: ['a', 'b'],
      classPairs: [{ minor: 'b', major: 'a' }],
      minorClasses: ['b'],
    });
    const scores = labels.map((_, i) => data[2 * i + 1]);
    const whole = precisionRecallCurve(
      scores,
      labels.map((label) => label === 1),
    );
    expect(whole.recall.length).toBeGreaterThan(storedCurvePoints);
    expect(result.pairs[0].curve.recall.length).toBeLessThanOrEqual(storedCurvePoints);
    expect(result.pairs[0].averagePrecision).toBe(averagePrecision(whole));
    expect(result.pairs[0].trapezoidArea).toBe(trapezoidArea(whole.recall, whole.precision));
    expect(result.pairs[0].roc?.truePositiveRate.length).toBeLessThanOrEqual(storedCurvePoints);
    const roc = rocCurve(
      scores,
      labels.map((label) => label === 1),
    );
    expect(result.pairs[0].rocArea).toBe(trapezoidArea(roc.falsePositiveRate, roc.truePositiveRate));
  });

  it('gives a pair without rows of one class areas 0, outside the mean', () => {
    const classPairs = [
      { minor: 'c', major: 'a' },
      { minor: 'b', major: 'a' },
    ];
    const result = evaluate({ ...base, classPairs });
    expect(result.pairs[0]).toMatchObject({
      averagePrecision: 0,
      trapezoidArea: 0,
      rocArea: 0,
      curve: { recall: [], precision: [] },
      roc: { falsePositiveRate: [], truePositiveRate: [] },
    });
    expect(result.meanAveragePrecision).toBe(result.pairs[1].averagePrecision);
    expect(evaluate(base).meanAveragePrecision).toBe(0);
  });

  it('says what is wrong with its input', () => {
    expect(() => evaluate({ ...base, minorClasses: ['z'] })).toThrow('no class is named "z"');
    expect(() => evaluate({ ...base, labels: [0] })).toThrow('1 labels for 3 rows');
    expect(() => evaluate({ ...base, classNames: ['a', 'b'] })).toThrow('3 columns for 2 class names');
    expect(() => evaluate({ ...base, logits: { ...logits, n: 2 } })).toThrow('9 values, expected n * d = 2 * 3');
    const broken = matrix([
      [2, 0, 0],
      [0, Number.NaN, 0],
      [0, 1, 0],
    ]);
    expect(() => evaluate({ ...base, logits: broken })).toThrow('row 1, class b is NaN');
  });
});
