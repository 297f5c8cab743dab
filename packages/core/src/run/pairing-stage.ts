import { InvalidOptionError } from '@csx/wgsl-kernels';
import type { ImageDataset } from '../data/image-set.ts';
import { countSearches, type SearchCounts } from '../latent-ops/count-searches.ts';
import { makesSamples } from '../method/arm-names.ts';
import { type ClassPair, classPairsByName, findClassPairs, type MeasuredClassPair } from '../method/class-pairs.ts';
import { newLatentCount } from '../method/generation.ts';
import { pairAccuracy } from '../method/pair-accuracy.ts';
import { type PreparedLatents, prepareLatents } from '../method/prepare-latents.ts';
import { algorithm2Iterations, isOverlapped } from '../method/schedule.ts';
import { estimateSizes, type Sizes } from '../method/sizes.ts';
import type { Weights } from '../training/engine.ts';
import { linearLogits } from '../training/linear-logits.ts';
import type { Projection } from './projection-stage.ts';
import type { RunContext } from './run-context.ts';

export interface PairedClass extends MeasuredClassPair {
  /** On held-out images, in the reading chosen. */
  readonly accuracy: number;
  readonly overlapped: boolean;
  readonly algorithm2Iterations: number;
}

export interface Pairing {
  readonly sizes: Sizes;
  readonly pairs: readonly PairedClass[];
  readonly automaticPairs: readonly MeasuredClassPair[];
  readonly prepared: PreparedLatents;
  readonly pairingMs: number;
  readonly searches: SearchCounts;
}

/** Class indices of names; throws InvalidOptionError for one that is not there. */
function classIndices(names: readonly string[], classNames: readonly string[], option: string): number[] {
  return names.map((name) => {
    const index = classNames.indexOf(name);
    if (index < 0)
      throw new InvalidOptionError(`${option}: no class is called ${name}, expected one of ${classNames.join(', ')}`);
    return index;
  });
}

/** Which classes are minor, by their training counts or by hand, and whether they give new latents; checked before anything is trained. */
export function sizesOf(
  { config, dataset }: Pick<RunContext, 'config'> & { readonly dataset: Pick<ImageDataset, 'classNames'> },
  classCounts: Uint32Array,
): Sizes {
  const { minors, minorRatio, assignment, classPairs } = config.method;
  const sizes = estimateSizes(classCounts, {
    minorRatio,
    minors: minors && classIndices(minors, dataset.classNames, 'minors'),
  });
  if (assignment === 'fixed') {
    if (classPairs === undefined) {
      throw new InvalidOptionError('class-pairs: assignment is fixed, but no pairs are given', {
        hint: 'give --class-pairs minor:major,...',
      });
    }
    checkFixedPairs(classPairsByName(classPairs, dataset.classNames), sizes, dataset.classNames);
  }
  if (config.method.arms.some(makesSamples)) {
    for (const minor of sizes.minors) newLatentCount(config.method.newShare, classCounts[minor]);
  }
  return sizes;
}

function checkFixedPairs(pairs: readonly ClassPair[], { minors, majors }: Sizes, classNames: readonly string[]): void {
  for (const { minor, major } of pairs) {
    if (!minors.includes(minor) || !majors.includes(major)) {
      throw new InvalidOptionError(
        `class-pairs: ${classNames[minor]}:${classNames[major]}, expected a minor class (${minors.map((k) => classNames[k]).join(', ')}) and a major class (${majors.map((k) => classNames[k]).join(', ')})`,
      );
    }
  }
}

/** Class pairs, their accuracy before any extrapolation, and the sample pairs. */
export async function pairClasses(
  context: RunContext,
  sizes: Sizes,
  projection: Projection,
  head: Weights,
): Promise<Pairing> {
  const { config, dataset, emit } = context;
  const { ops: latentOps, counts } = countSearches(context.latentOps);
  const { method } = config;
  emit({ kind: 'stage', stage: 'pairing', message: `pairing classes and samples on ${latentOps.description.name}` });
  const start = performance.now();
  const { latents, labels } = projection.train;
  const classCount = dataset.classNames.length;
  const fixed = method.classPairs && classPairsByName(method.classPairs, dataset.classNames);
  const found = await findClassPairs(
    {
      latents,
      labels,
      classCount,
      sizes,
      distance: method.classDistance,
      assignment: method.assignment,
      ...(fixed && { fixed }),
    },
    latentOps,
  );
  const heldOut = { logits: linearLogits(projection.heldOut.latents, head), labels: projection.heldOut.labels };
  const accuracies = found.pairs.map((pair) => pairAccuracy({ ...heldOut, pair, mode: method.pairAccuracy }).accuracy);
  const iterations = algorithm2Iterations(accuracies, method.iterations, method.algorithm2);
  const prepared = await prepareLatents(
    {
      latents,
      labels,
      classCount,
      classPairs: found.pairs.map(({ minor, major }) => ({ minor, major })),
      anchor: method.samplePairs,
      reading: method.reading,
    },
    latentOps,
  );
  const pairs = found.pairs.map((pair, i) => ({
    ...pair,
    accuracy: accuracies[i],
    overlapped: isOverlapped(accuracies[i], method.tau),
    algorithm2Iterations: iterations[i],
  }));
  const pairingMs = performance.now() - start;
  return { sizes, pairs, automaticPairs: found.automaticPairs, prepared, pairingMs, searches: counts() };
}
