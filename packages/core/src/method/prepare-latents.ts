import type { Matrix } from '@csx/wgsl-kernels';
import type { DistanceReading, LatentOps } from '../latent-ops/latent-ops.ts';
import { checkLabels, checkMatrix } from './check-latents.ts';
import type { ClassPair } from './class-pairs.ts';
import { rowsByClass } from './class-rows.ts';
import { classDensity } from './density.ts';
import { findSamplePairs, type SamplePairAnchor, type SamplePairs } from './sample-pairs.ts';

export interface PrepareInput {
  readonly latents: Matrix;
  /** [n] class indices. */
  readonly labels: Uint32Array;
  readonly classCount: number;
  readonly classPairs: readonly ClassPair[];
  readonly anchor: SamplePairAnchor;
  /** What equation (1) will read; means and densities are computed only where it needs them. */
  readonly reading: DistanceReading;
}

/** What every round on the same latents starts from; made once, shared by all arms. */
export interface PreparedLatents {
  readonly latents: Matrix;
  readonly classCount: number;
  /** [c]: the rows of each class, ascending. */
  readonly classRows: readonly Uint32Array[];
  readonly classPairs: readonly ClassPair[];
  /** The sample pairs of each class pair. */
  readonly samplePairs: readonly SamplePairs[];
  /** [c, d], for the reading `centroid`. */
  readonly classMeans?: Matrix;
  /** [n], for the reading `density`; 0 in rows of classes that are in no pair. */
  readonly density?: Float32Array;
}

/**
 * Checks latents and labels, and does once what no round changes: the sample pairs of each class
 * pair and what the reading of equation (1) needs. Latents that are trained further are prepared again.
 *
 * @throws {InvalidInputError} shapes or labels that do not fit, or a paired class without rows (one row for `density`).
 * @throws {NumericError} latents that are not finite.
 */
export async function prepareLatents(input: PrepareInput, ops: LatentOps): Promise<PreparedLatents> {
  const { latents, labels, classCount, classPairs, anchor, reading } = input;
  checkMatrix('prepare', 'latents', latents);
  checkLabels('prepare', labels, latents.n, classCount);
  const classRows = rowsByClass(labels, classCount);
  const samplePairs: SamplePairs[] = [];
  for (const { minor, major } of classPairs) {
    const rows = { minorRows: classRows[minor], majorRows: classRows[major] };
    samplePairs.push(await findSamplePairs({ latents, ...rows, anchor }, ops));
  }
  const prepared = { latents, classCount, classRows, classPairs, samplePairs };
  if (reading === 'centroid')
    return { ...prepared, classMeans: (await ops.classMeans(latents, labels, classCount)).means };
  if (reading === 'density') return { ...prepared, density: await densities(latents, classRows, classPairs, ops) };
  return prepared;
}

async function densities(
  latents: Matrix,
  classRows: readonly Uint32Array[],
  classPairs: readonly ClassPair[],
  ops: LatentOps,
): Promise<Float32Array> {
  const density = new Float32Array(latents.n);
  for (const k of new Set(classPairs.flatMap(({ minor, major }) => [minor, major]))) {
    const own = await classDensity(latents, classRows[k], ops);
    classRows[k].forEach((row, i) => {
      density[row] = own[i];
    });
  }
  return density;
}
