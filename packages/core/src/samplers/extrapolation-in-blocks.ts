import { InvalidInputError, InvalidOptionError, type Matrix } from '@csx/wgsl-kernels';
import { createCpuLatentOps } from '../latent-ops/cpu-latent-ops.ts';
import type { LatentOps } from '../latent-ops/latent-ops.ts';
import { type ClassPair, findClassPairs } from '../method/class-pairs.ts';
import { gatherRows } from '../method/class-rows.ts';
import { drawPairs } from '../method/generation.ts';
import { buildExtrapolateRequest, placementOf, placementSource } from '../method/placement.ts';
import type { SamplePairs } from '../method/sample-pairs.ts';
import type { SampleArm } from '../method/schedule.ts';
import { keepSelectedPairs, selectMajorRows } from '../method/selection.ts';
import { distinctRows, gatherSourceRows } from '../out-of-core/gather-rows.ts';
import { createStream } from '../random/stream.ts';
import type { SampleInBlocksInput, SearchNearest } from './blocks-input.ts';
import type { OptionsOf } from './resample-options.ts';
import type { SampledRows } from './sampler.ts';

interface Input extends SampleInBlocksInput {
  /** [c] */
  readonly classRows: readonly Uint32Array[];
  readonly options: OptionsOf<'extrapolation'>;
}

/** Values of parents in memory at a time, while weights are computed. */
const placedValues = 2 ** 22;

/**
 * The sampler `extrapolation` over rows that are read in blocks. Class distances are between the means of the scan, rounded
 * to f32; everything else is what `extrapolate` computes.
 *
 * @throws {InvalidOptionError} an arm or reading that needs more than one pass over pairs of classes: Algorithms 1 and 2,
 * the `nearest` distance between classes, and the `density` reading.
 * @throws {InvalidInputError} a head or logits that are missing.
 */
export async function extrapolateInBlocks(
  input: Input,
  ops: LatentOps,
  nearest: SearchNearest,
): Promise<readonly (readonly SampledRows[])[]> {
  const { plan, options, classRows } = input;
  const arm = requireArm(options);
  const treated = plan.counts.filter(({ newCount }) => newCount > 0);
  if (treated.length === 0) return [];
  const classPairs = await pairClasses(input);
  const parts: (readonly SampledRows[])[] = [];
  for (const { label, newCount } of treated) {
    const own = classPairs.filter(({ minor }) => minor === label);
    if (own.length === 0)
      throw new InvalidOptionError(`extrapolation: class ${label} gets rows, but is in none of classPairs`);
    const ownParts: SampledRows[] = [];
    for (const [at, pair] of own.entries()) {
      const count = Math.floor(newCount / own.length) + (at < newCount % own.length ? 1 : 0);
      if (count === 0) continue;
      const samplePairs = await findPairs(pair, classRows, options.samplePairs, nearest);
      const drawn = await draw(input, arm, pair, samplePairs, count, ops);
      const weight = await weigh(input, arm, pair, drawn);
      ownParts.push({
        first: drawn.minorRows,
        second: drawn.majorRows,
        weight,
        method: `extrapolation-${arm}`,
      });
    }
    parts.push(ownParts);
  }
  return parts;
}

function requireArm({ arm, classDistance, assignment, reading }: Input['options']): SampleArm {
  const hint = 'Raise the memory so that all rows fit, or choose another.';
  if (arm === 'algorithm1' || arm === 'algorithm2')
    throw new InvalidOptionError(`resample: arm ${arm} needs all rows in memory`, { hint });
  if (classDistance === 'nearest' && assignment !== 'fixed')
    throw new InvalidOptionError('resample: the distance nearest between classes needs all rows in memory', { hint });
  if (arm === 'asymmetric' && reading === 'density')
    throw new InvalidOptionError('resample: the reading density needs all rows in memory', { hint });
  return arm;
}

/** A major for each class that gets rows, by the distance between class means. */
async function pairClasses({ plan, options, scan, classCount, source }: Input): Promise<readonly ClassPair[]> {
  const sizes = {
    minors: plan.counts.filter(({ newCount }) => newCount > 0).map(({ label }) => label),
    majors: plan.counts.filter(({ newCount }) => newCount === 0).map(({ label }) => label),
  };
  if (sizes.majors.length === 0)
    throw new InvalidOptionError('extrapolation: all classes get rows, so that there is none to borrow from', {
      hint: 'leave out the class that should be the major in the strategy',
    });
  const means: Matrix = { data: Float32Array.from(scan.classMeans), n: classCount, d: source.d };
  const exact = createCpuLatentOps();
  try {
    const { pairs } = await findClassPairs(
      {
        latents: means,
        labels: Uint32Array.from({ length: classCount }, (_, label) => label),
        classCount,
        sizes,
        distance: 'centroid',
        assignment: options.assignment,
        fixed: options.classPairs,
      },
      exact,
    );
    return pairs;
  } finally {
    exact.dispose();
  }
}

async function findPairs(
  { minor, major }: ClassPair,
  classRows: readonly Uint32Array[],
  anchor: 'major-anchored' | 'minor-anchored',
  nearest: SearchNearest,
): Promise<SamplePairs> {
  const [anchors, others] =
    anchor === 'major-anchored' ? [classRows[major], classRows[minor]] : [classRows[minor], classRows[major]];
  const { indices } = await nearest(anchors, others, 1, `pairs of class ${minor} and class ${major}`);
  const partners = indices.map((index) => others[index]);
  return anchor === 'major-anchored'
    ? { minorRows: partners, majorRows: anchors }
    : { minorRows: anchors, majorRows: partners };
}

/** Selects major rows, and draws from the pairs that are left: `extrapolatePair`'s first iteration. */
async function draw(
  { classRows, options, classifier }: Input,
  arm: SampleArm,
  { minor, major }: ClassPair,
  samplePairs: SamplePairs,
  count: number,
  ops: LatentOps,
): Promise<SamplePairs> {
  const { seed, selectionShare: share } = options;
  const shared = { majorRows: classRows[major], share };
  const logits = classifier?.logits;
  if (arm !== 'random' && logits === undefined)
    throw new InvalidInputError(`extrapolation: arm ${arm} ranks rows by the classifier, but no logits are given`);
  const selected = await selectMajorRows(
    arm === 'random'
      ? { ...shared, side: 'random', stream: createStream(seed, 'selection', 0, minor, major) }
      : { ...shared, side: arm === 'top' ? 'top' : 'bottom', logits: logits as Matrix, major },
    ops,
  );
  const remaining = keepSelectedPairs(samplePairs, selected);
  const drawn = drawPairs(remaining.minorRows.length, count, createStream(seed, 'draw', 0, minor, major));
  return {
    minorRows: drawn.map((i) => remaining.minorRows[i]),
    majorRows: drawn.map((i) => remaining.majorRows[i]),
  };
}

/** Weights of the major rows of drawn pairs, some pairs at a time. */
async function weigh(
  { source, classifier, scan, classCount, options }: Input,
  arm: SampleArm,
  pair: ClassPair,
  { minorRows, majorRows }: SamplePairs,
): Promise<Float64Array> {
  const placement = placementOf(arm, options);
  const weights = new Float64Array(minorRows.length);
  // What the placement is the same for.
  if (placementSource(placement) === 'fixed' && placement.kind === 'fixed')
    return weights.fill(1 - Math.fround(placement.minorWeight));
  const { d } = source;
  const most = Math.max(1, Math.floor(placedValues / (2 * d)));
  // Weights are float64 on the CPU, so that all adapters make the same rows.
  const exact = createCpuLatentOps();
  try {
    for (let first = 0; first < minorRows.length; first += most) {
      const own = [minorRows, majorRows].map((rows) => rows.subarray(first, first + most));
      const count = own[0].length;
      const both = new Uint32Array(2 * count);
      both.set(own[0]);
      both.set(own[1], count);
      const { distinct, places } = distinctRows(both);
      const latents: Matrix = { data: new Float32Array(distinct.length * d), n: distinct.length, d };
      await gatherSourceRows(source, distinct, latents.data);
      const request = await buildExtrapolateRequest(
        {
          latents,
          samplePairs: { minorRows: places.subarray(0, count), majorRows: places.subarray(count) },
          pair,
          placement,
          pMin: options.pMin,
          head: classifier?.head,
          classMeans: { data: Float32Array.from(scan.classMeans), n: classCount, d },
          logits: classifier?.logits && gatherRows(classifier.logits, distinct),
        },
        exact,
      );
      const { minorWeight } = await exact.extrapolate(request);
      for (let at = 0; at < count; at++) weights[first + at] = 1 - minorWeight[at];
    }
  } finally {
    exact.dispose();
  }
  return weights;
}
