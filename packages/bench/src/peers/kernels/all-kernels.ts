import { openClassMeans } from './class-means.ts';
import { openExtrapolate } from './extrapolate.ts';
import type { OpenKernel } from './kernel-run.ts';
import { openRank } from './rank.ts';

/** Kernels by the names of their folders. */
export const kernels: Readonly<Record<string, OpenKernel>> = {
  'class-means': openClassMeans,
  extrapolate: openExtrapolate,
  rank: openRank,
};
