import type { NearestShape } from './nearest.plan.ts';

/** Below so many distances launches cost more than arithmetic. */
const fewDistances = 2 ** 20;
const fewColumns = 96;
const fewNeighbors = 8;

/** The class of a shape, for which one variant is chosen: by the number of distances, of columns and of neighbors. */
export function nearestShapeClass({ n, m, d, k }: Omit<NearestShape, 'metric'>): string {
  const distances = n * m < fewDistances ? 'few' : 'many';
  const columns = d <= fewColumns ? 'few' : 'many';
  const neighbors = k <= fewNeighbors ? 'few' : 'many';
  return `${distances} distances, ${columns} columns, ${neighbors} neighbors`;
}
