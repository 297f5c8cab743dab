import { InvalidInputError, InvalidOptionError } from '../../errors.ts';
import type { Session } from '../../session/session.ts';
import type { Binding, Recorder } from '../../session/step.ts';
import { checkFinite, checkShape } from '../check-matrix.ts';
import { checkNoUnknown, checkSizeOptions } from '../check-sizes.ts';
import { uniformData } from '../uniform-data.ts';
import { checkClassOffsets, checkRowLoss } from './row-loss.ts';
import type { SoftmaxCrossEntropyInput, SoftmaxCrossEntropyTotals } from './softmax-cross-entropy.reference.ts';
import {
  SOFTMAX_CROSS_ENTROPY_WORKGROUP,
  type SoftmaxCrossEntropyShape,
  softmaxCrossEntropyRowsWgsl,
  softmaxCrossEntropyTotalsWgsl,
} from './softmax-cross-entropy.wgsl.ts';

export interface SoftmaxCrossEntropyOptions {
  /** Rows of a batch, at least 1. */
  readonly rows: number;
  /** At least 1. */
  readonly classCount: number;
  /** 0 to 1; 0 unless told. */
  readonly labelSmoothing?: number;
  /** Multiplies the logits, after their offsets; 1 unless told. */
  readonly logitScale?: number;
  /** 0 to 16, the exponent of the focal loss; 0, none, unless told. Not together with smoothing. */
  readonly focalGamma?: number;
  /** The batch comes with an offset and a margin for each class; false unless told. */
  readonly classOffsets?: boolean;
  /** The batch comes with a weight for each class; false unless told. */
  readonly classWeights?: boolean;
  /** The batch comes with a weight for each row; false unless told. */
  readonly rowWeights?: boolean;
}

/** Existing buffers. */
export interface SoftmaxCrossEntropyIo {
  /** [rows, classCount] f32 */
  readonly logits: Binding;
  /** [rows] u32, each below classCount */
  readonly labels: Binding;
  /** [classCount] f32 >= 0, when compiled for them */
  readonly classWeights?: Binding | undefined;
  /** [rows] f32 >= 0, when compiled for them */
  readonly rowWeights?: Binding | undefined;
  /** [2, classCount] f32: offsets and then margins, when compiled for them */
  readonly classOffsets?: Binding | undefined;
  /** [rows, classCount] f32, written whole */
  readonly logitsGradient: Binding;
  /** [slots, 4] f32: the slot's row becomes (mean loss, correct rows, sum of the weights, 0). Bind it with its size. */
  readonly totals: Binding;
  /** A uniform buffer with one u32: the row of `totals` to write. */
  readonly slot: Binding;
}

/** The compiled kernel for one shape. */
export interface PreparedSoftmaxCrossEntropy {
  encode(recorder: Recorder, io: SoftmaxCrossEntropyIo): void;
}

export interface SoftmaxCrossEntropyOutput extends SoftmaxCrossEntropyTotals {
  /** [n, c] */
  readonly logitsGradient: Float32Array;
}

export interface SoftmaxCrossEntropy {
  prepare(options: SoftmaxCrossEntropyOptions): Promise<PreparedSoftmaxCrossEntropy>;
  run(input: SoftmaxCrossEntropyInput): Promise<SoftmaxCrossEntropyOutput>;
}

const kernel = 'softmax-cross-entropy';

function checkedShape(
  options: SoftmaxCrossEntropyOptions,
): SoftmaxCrossEntropyShape & { readonly rows: number; readonly labelSmoothing: number } {
  const { rows, classCount, labelSmoothing = 0, classWeights = false, rowWeights = false, ...more } = options;
  const { classOffsets = false, logitScale = 1, focalGamma = 0, ...unknown } = more;
  checkNoUnknown(kernel, unknown);
  checkSizeOptions(kernel, { rows, classCount });
  if (!(labelSmoothing >= 0 && labelSmoothing <= 1))
    throw new InvalidOptionError(`${kernel}: labelSmoothing is ${labelSmoothing}, expected 0 to 1`);
  checkRowLoss(kernel, { classOffsets, logitScale, focalGamma }, labelSmoothing);
  return { rows, classCount, labelSmoothing, classWeights, rowWeights, classOffsets, logitScale, focalGamma };
}

function checkWeights(name: string, weights: Float32Array | undefined, count: number): void {
  if (weights === undefined) return;
  if (weights.length !== count) throw new InvalidInputError(`${kernel}: ${weights.length} ${name}, expected ${count}`);
  const at = weights.findIndex((weight) => !(weight >= 0 && weight < Number.POSITIVE_INFINITY));
  if (at >= 0)
    throw new InvalidInputError(`${kernel}: ${name}[${at}] is ${weights[at]}, expected a finite number >= 0`);
}

function checkInput({ logits, labels, classWeights, rowWeights, classOffsets }: SoftmaxCrossEntropyInput): void {
  checkShape(kernel, 'logits', logits);
  const { n, d: c } = logits;
  if (labels.length !== n) throw new InvalidInputError(`${kernel}: ${labels.length} labels, expected n = ${n}`);
  const row = labels.findIndex((label) => label >= c);
  if (row >= 0)
    throw new InvalidInputError(`${kernel}: label of row ${row} is ${labels[row]}, expected less than c = ${c}`);
  checkFinite(kernel, 'logits', logits);
  checkWeights('classWeights', classWeights, c);
  checkWeights('rowWeights', rowWeights, n);
  checkClassOffsets(kernel, classOffsets, c);
}

/** The shaders of one shape: the rows, and the sums over them. */
export function softmaxCrossEntropySources(shape: SoftmaxCrossEntropyShape) {
  return [
    { label: `${kernel}: rows`, code: softmaxCrossEntropyRowsWgsl(shape) },
    { label: `${kernel}: totals`, code: softmaxCrossEntropyTotalsWgsl },
  ] as const;
}

/**
 * The softmax cross-entropy of a batch and its gradient by the logits, in one; and its variants for classes of unequal size.
 *
 * Formula, with z the logits of row r, y its label, c classes, offsets a, margins m, scale k, smoothing s, exponent g, and
 * w_r = rowWeight_r * classWeight_y (1 where there is none):
 *
 *     z'_j = k (z_j + a_j - [j = y] m_y)
 *     p = softmax(z')
 *     target_j = (1 - s) [j = y] + s / c
 *     loss_r = (1 - p_y)^g sum_j target_j (-log p_j)
 *     loss = sum_r w_r loss_r / sum_r w_r
 *     gradient_rj = w_r / (sum_r w_r) k f (p_j - target_j), f = (1 - p_y)^g + g p_y (1 - p_y)^(g - 1) (-log p_y)
 *
 * Without offsets, margins, scale and exponent (a = m = 0, k = 1, g = 0, f = 1) this is plain cross-entropy. Margins
 * m_j = C / n_j^(1/4) with k = 30 are the label-distribution-aware ones, one margin for rare classes alone the asymmetric
 * large margin, offsets a_j = tau log(prior_j) logit adjustment.
 *
 * Logits are [n, c] without unit, labels [n], class weights [c], class offsets [2, c] (a, then m), row weights [n]; the loss
 * is in nats, the gradient [n, c]. The largest logit is taken out first, so that logits hundreds apart neither overflow nor
 * vanish. A row of weight 0 is padding: its gradient is exactly 0, whatever its logits hold, and it is counted nowhere; all
 * weights 0: loss 0. A row counts as correct when its first largest logit z, as it was given, is that of its label. A logit
 * that is not finite, in a row that counts, makes the loss NaN; `createMomentumSgd` then leaves the weights as they are.
 *
 * Empty input (n = 0): loss 0, no gradient.
 * Deterministic on one adapter: one lane a row, and sums over the rows in a fixed order.
 * Error bound: `softmaxCrossEntropyBounds`.
 * Throws InvalidOptionError (prepare: sizes, smoothing, scale, exponent, an unknown name), InvalidInputError (run: shapes, a
 * label >= c, logits or offsets that are not finite, weights below 0; encode: weights or offsets that it was compiled with
 * are missing, or the other way round), LimitExceededError (a tensor does not fit in one binding).
 * Source: Bridle 1990 (softmax); Szegedy et al. 2016, section 7 (label smoothing); Lin et al. 2017, equation 4 (focal loss);
 * Cao et al. 2019, equations 12 and 13 (label-distribution-aware margins); Li et al. 2019, arXiv 1907.10982 (asymmetric
 * large margin); Menon et al. 2021, equation 10 (logit adjustment).
 */
export function createSoftmaxCrossEntropy(session: Session): SoftmaxCrossEntropy {
  async function prepare(options: SoftmaxCrossEntropyOptions): Promise<PreparedSoftmaxCrossEntropy> {
    const shape = checkedShape(options);
    const { rows, classCount, labelSmoothing } = shape;
    const [rowsSource, totalsSource] = softmaxCrossEntropySources(shape);
    const [rowsPipeline, totalsPipeline] = await Promise.all([
      session.pipeline(rowsSource),
      session.pipeline(totalsSource),
    ]);
    return {
      encode(recorder, io) {
        const optional = [
          ['classWeights', shape.classWeights, io.classWeights, classCount * 4],
          ['rowWeights', shape.rowWeights, io.rowWeights, rows * 4],
          ['classOffsets', shape.classOffsets, io.classOffsets, classCount * 8],
        ] as const;
        const perClass: Binding[] = [];
        for (const [name, wanted, binding, size] of optional) {
          if (wanted !== (binding !== undefined)) {
            throw new InvalidInputError(
              `${kernel}: ${name} ${wanted ? 'missing' : 'given'}, compiled ${wanted ? 'with' : 'without'}`,
            );
          }
          if (binding !== undefined) perClass.push({ ...binding, size });
        }
        const sizes = {
          buffer: recorder.uniform(
            uniformData([rows], [1 / rows, 1 - labelSmoothing, labelSmoothing / classCount]),
            `${kernel}: sizes`,
          ),
          size: 16,
        };
        const rowTotals = { buffer: recorder.temporary(rows * 16, `${kernel}: rows`), size: rows * 16 };
        recorder.dispatch({
          label: rowsSource.label,
          pipeline: rowsPipeline,
          bindings: [
            sizes,
            { ...io.logits, size: rows * classCount * 4 },
            { ...io.labels, size: rows * 4 },
            { ...io.logitsGradient, size: rows * classCount * 4 },
            rowTotals,
            ...perClass,
          ],
          workgroups: Math.ceil(rows / SOFTMAX_CROSS_ENTROPY_WORKGROUP),
        });
        recorder.dispatch({
          label: totalsSource.label,
          pipeline: totalsPipeline,
          bindings: [sizes, rowTotals, io.totals, { ...io.slot, size: 16 }],
          workgroups: 1,
        });
      },
    };
  }

  return {
    prepare,
    async run(input) {
      checkInput(input);
      const { logits, labels, labelSmoothing = 0, classWeights, rowWeights, classOffsets } = input;
      const { logitScale = 1, focalGamma = 0 } = input;
      const { data, n: rows, d: classCount } = logits;
      if (rows === 0) return { loss: 0, correctCount: 0, weightSum: 0, logitsGradient: new Float32Array(0) };
      const { encode } = await prepare({
        rows,
        classCount,
        labelSmoothing,
        logitScale,
        focalGamma,
        classOffsets: classOffsets !== undefined,
        classWeights: classWeights !== undefined,
        rowWeights: rowWeights !== undefined,
      });
      const [gradient, totals] = await session.submit(kernel, (step) => {
        const logitsGradient = step.temporary(data.byteLength, `${kernel}: gradient`);
        const sums = step.temporary(16, `${kernel}: totals`);
        encode(step, {
          logits: { buffer: step.upload(data, `${kernel}: logits`) },
          labels: { buffer: step.upload(labels, `${kernel}: labels`) },
          classWeights: classWeights && { buffer: step.upload(classWeights, `${kernel}: class weights`) },
          rowWeights: rowWeights && { buffer: step.upload(rowWeights, `${kernel}: row weights`) },
          classOffsets: classOffsets && { buffer: step.upload(classOffsets, `${kernel}: class offsets`) },
          logitsGradient: { buffer: logitsGradient },
          totals: { buffer: sums, size: 16 },
          slot: { buffer: step.uniform(uniformData([0]), `${kernel}: slot`) },
        });
        return [
          { buffer: logitsGradient, bytes: data.byteLength },
          { buffer: sums, bytes: 16 },
        ];
      });
      const [loss, correctCount, weightSum] = new Float32Array(totals);
      return { loss, correctCount, weightSum, logitsGradient: new Float32Array(gradient) };
    },
  };
}
