import { InvalidOptionError } from '@csx/wgsl-kernels';
import type { LossOptions, TrainStepOptions } from './engine.ts';

/** @throws InvalidOptionError for sizes, shares, weights or margins that make no loss */
export function checkLossOptions(options: TrainStepOptions, classCount: number): void {
  const { latentBatchSize = 0, labelSmoothing = 0, logitScale = 1, focalGamma = 0 } = options;
  if (!Number.isInteger(latentBatchSize) || latentBatchSize < 0)
    throw new InvalidOptionError(
      `training step: latentBatchSize is ${latentBatchSize}, expected a whole number from 0`,
    );
  if (!(labelSmoothing >= 0 && labelSmoothing < 1))
    throw new InvalidOptionError(`training step: labelSmoothing is ${labelSmoothing}, expected from 0 to below 1`);
  if (!(logitScale > 0 && Number.isFinite(logitScale)))
    throw new InvalidOptionError(`training step: logitScale is ${logitScale}, expected a finite number above 0`);
  if (!(focalGamma >= 0 && focalGamma <= 16))
    throw new InvalidOptionError(`training step: focalGamma is ${focalGamma}, expected from 0 to 16`);
  if (labelSmoothing > 0 && (focalGamma > 0 || options.margins !== undefined)) {
    throw new InvalidOptionError(
      `training step: labelSmoothing is ${labelSmoothing}, expected 0 where there are margins or a focalGamma`,
    );
  }
  checkPerClass('class weights', options.classWeights, classCount, 'a finite number from 0');
  checkPerClass('margins', options.margins, classCount, 'a finite number from 0');
  checkPerClass('logit offsets', options.logitOffsets, classCount, 'a finite number');
}

function checkPerClass(
  name: string,
  values: Float32Array | undefined,
  classCount: number,
  expected: 'a finite number' | 'a finite number from 0',
): void {
  if (values === undefined) return;
  if (values.length !== classCount)
    throw new InvalidOptionError(
      `training step: got ${values.length} ${name} for ${classCount} classes, expected one a class`,
    );
  const least = expected === 'a finite number' ? Number.NEGATIVE_INFINITY : 0;
  const bad = values.findIndex((value) => !(value >= least && Number.isFinite(value)));
  if (bad >= 0)
    throw new InvalidOptionError(`training step: the ${name} of class ${bad} are ${values[bad]}, expected ${expected}`);
}

/** [2, c], offsets and then margins, as the kernels take them; undefined where there are neither. */
export function classOffsetsOf({ logitOffsets, margins }: LossOptions): Float32Array | undefined {
  const classCount = (logitOffsets ?? margins)?.length;
  if (classCount === undefined) return undefined;
  const packed = new Float32Array(2 * classCount);
  if (logitOffsets !== undefined) packed.set(logitOffsets);
  if (margins !== undefined) packed.set(margins, classCount);
  return packed;
}
