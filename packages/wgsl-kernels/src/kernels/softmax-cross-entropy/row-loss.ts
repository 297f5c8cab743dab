import { InvalidInputError, InvalidOptionError } from '../../errors.ts';

/** What is changed of a row's cross-entropy; for classes of unequal size. */
export interface RowLoss {
  /** Each class comes with an offset of its logit, and with a margin that is taken off its own rows' logit. */
  readonly classOffsets: boolean;
  /** > 0: multiplies the logits, after their offsets. */
  readonly logitScale: number;
  /** >= 0: the exponent of the focal loss; 0 is cross-entropy. */
  readonly focalGamma: number;
}

/** Cross-entropy as it is. */
export const plainRowLoss: RowLoss = { classOffsets: false, logitScale: 1, focalGamma: 0 };

/** Throws InvalidOptionError for numbers that make no loss, or do not go together. */
export function checkRowLoss(kernel: string, { logitScale, focalGamma }: RowLoss, labelSmoothing: number): void {
  if (!(logitScale > 0 && Number.isFinite(logitScale)))
    throw new InvalidOptionError(`${kernel}: logitScale is ${logitScale}, expected a finite number > 0`);
  if (!(focalGamma >= 0 && focalGamma <= 16))
    throw new InvalidOptionError(`${kernel}: focalGamma is ${focalGamma}, expected 0 to 16`);
  if (focalGamma > 0 && labelSmoothing > 0) {
    throw new InvalidOptionError(
      `${kernel}: focalGamma is ${focalGamma} and labelSmoothing ${labelSmoothing}, expected one of them to be 0`,
    );
  }
}

/** Throws InvalidInputError unless there are two finite numbers a class. */
export function checkClassOffsets(kernel: string, offsets: Float32Array | undefined, classCount: number): void {
  if (offsets === undefined) return;
  if (offsets.length !== 2 * classCount)
    throw new InvalidInputError(`${kernel}: ${offsets.length} classOffsets, expected 2 * c = ${2 * classCount}`);
  const at = offsets.findIndex((offset) => !Number.isFinite(offset));
  if (at >= 0)
    throw new InvalidInputError(`${kernel}: classOffsets[${at}] is ${offsets[at]}, expected a finite number`);
}
