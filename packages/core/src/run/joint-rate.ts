import type { RunConfig } from './config.ts';
import { oneCycleRate } from './one-cycle.ts';

/**
 * Learning rate of joint retraining.
 * @param step counted from 0 over all its epochs
 */
export function jointRate(
  { joint, method }: Pick<RunConfig, 'joint' | 'method'>,
  step: number,
  stepsPerEpoch: number,
): number {
  const { schedule, learningRate } = joint;
  const perIteration = method.epochsPerIteration * stepsPerEpoch;
  switch (schedule) {
    case 'cycle':
      return oneCycleRate(step, method.iterations * perIteration, learningRate);
    case 'cyclePerIteration':
      return oneCycleRate(step % perIteration, perIteration, learningRate);
    case 'constant':
      return learningRate;
  }
}
