import { InvalidOptionError } from '@csx/wgsl-kernels';
import type { TrainStepOptions } from './engine.ts';

/** @throws InvalidOptionError for sizes, shares or weights that make no loss */
export function checkLossOptions(options: TrainStepOptions, classCount: number): void {
  const { latentBatchSize = 0, labelSmoothing = 0, classWeights } = options;
  if (!Number.isInteger(latentBatchSize) || latentBatchSize < 0)
    throw new InvalidOptionError(
      `training step: latentBatchSize is ${latentBatchSize}, expected a whole number from 0`,
    );
  if (!(labelSmoothing >= 0 && labelSmoothing < 1))
    throw new InvalidOptionError(`training step: labelSmoothing is ${labelSmoothing}, expected from 0 to below 1`);
  if (classWeights !== undefined && classWeights.length !== classCount)
    throw new InvalidOptionError(
      `training step: got ${classWeights.length} class weights for ${classCount} classes, expected one a class`,
    );
  const bad = classWeights?.findIndex((weight) => !(weight >= 0 && Number.isFinite(weight))) ?? -1;
  if (bad >= 0)
    throw new InvalidOptionError(
      `training step: the weight of class ${bad} is ${classWeights?.[bad]}, expected a finite number from 0`,
    );
}
