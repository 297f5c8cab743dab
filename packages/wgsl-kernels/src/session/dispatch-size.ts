import { InvalidInputError, LimitExceededError } from '../errors.ts';

/**
 * Lays `workgroups` out as [x, y, z] with no side above `maxPerDimension` (65 535 on most devices). The grid may be
 * larger than asked for: a kernel computes its linear number and returns when it has nothing to do.
 */
export function dispatchSize(workgroups: number, maxPerDimension: number): [number, number, number] {
  if (!Number.isSafeInteger(workgroups) || workgroups < 0) {
    throw new InvalidInputError(`dispatch: ${workgroups} workgroups, expected a whole number >= 0`);
  }
  if (workgroups <= maxPerDimension) return [workgroups, 1, 1];
  const layers = Math.ceil(workgroups / maxPerDimension ** 2);
  if (layers > maxPerDimension) {
    throw new LimitExceededError(
      `dispatch: ${workgroups} workgroups, the device takes ${maxPerDimension} in each of three dimensions`,
      {
        hint: 'Split the work into smaller pieces.',
      },
    );
  }
  const rows = Math.ceil(workgroups / layers / maxPerDimension);
  // As square as it gets, so that few workgroups are idle.
  return [Math.ceil(workgroups / layers / rows), rows, layers];
}
