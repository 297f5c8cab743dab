import { InvalidInputError, InvalidOptionError, type Matrix } from '@csx/wgsl-kernels';
import { createCpuLatentOps } from '../latent-ops/cpu-latent-ops.ts';
import type { LatentOps } from '../latent-ops/latent-ops.ts';
import { checkMatrix } from '../method/check-latents.ts';
import { type ClassPair, findClassPairs } from '../method/class-pairs.ts';
import { pairAccuracy } from '../method/pair-accuracy.ts';
import { extrapolatePair } from '../method/pair-round.ts';
import type { ClassifierHead } from '../method/placement.ts';
import { prepareLatents } from '../method/prepare-latents.ts';
import { type PairPlan, planArm } from '../method/schedule.ts';
import { headBias, headKernel } from '../training/graph/model-graph.ts';
import { linearLogits } from '../training/linear-logits.ts';
import type { OptionsOf } from './resample-options.ts';
import type { SampledRows } from './sampler.ts';
import type { ResolvedCount } from './sampling-strategy.ts';

/** What is known of the classifier on the latents; its classes are the labels. */
export interface Classifier {
  /** The last linear layer, for where new rows are put. */
  readonly head?: ClassifierHead | undefined;
  /** [n, c] of the latents, for which rows are selected; computed from the head where it is given. */
  readonly logits?: Matrix | undefined;
  /** Rows that were not trained on, for the accuracy of class pairs. */
  readonly heldOut?: { readonly logits: Matrix; readonly labels: ArrayLike<number> } | undefined;
}

export interface ExtrapolationInput {
  readonly latents: Matrix;
  readonly labels: Uint32Array;
  /** All classes, by label. */
  readonly counts: readonly ResolvedCount[];
  readonly options: OptionsOf<'extrapolation'>;
  readonly classifier: Classifier;
}

/** Labels number the columns of a classifier, and so do not go far. */
const mostClasses = 65_536;

/**
 * The method itself as a sampler of one shot: one round for all that is to be made. For each class that gets rows, the
 * closest of the classes that get none is its major; the arm selects major rows, and their sample pairs are drawn and
 * blended as in a run's first iteration, `round` by `round` of `core/src/method`.
 *
 * - A class in several pairs (`fixed` only) shares its rows among them, the first getting those that are left over.
 * - `algorithm1`: a pair of accuracy up to tau is treated by `overlapped`; others at random or, if `separable` is nothing,
 *   not at all: its class gets no rows.
 * - `algorithm2`: its number of iterations becomes a share, `round(rows * iterations of the pair / iterations)`.
 *
 * Neighbors and selections are found by `ops`; weights are float64 on the CPU, so that all adapters make the same rows.
 *
 * @returns for each class that gets rows, in the order of `counts`, its parts
 * @throws {InvalidInputError} a head, logits or held-out rows that are missing or do not fit.
 * @throws {InvalidOptionError} no class left to borrow from, or fixed pairs that leave a class out.
 */
export async function extrapolate(input: ExtrapolationInput, ops: LatentOps): Promise<SampledRows[][]> {
  const { latents, labels, counts, options } = input;
  const treated = counts.filter(({ newCount }) => newCount > 0);
  if (treated.length === 0) return [];
  const classCount = countClasses(input);
  const { head, logits } = await readClassifier(input, classCount);
  const sizes = {
    minors: treated.map(({ label }) => label),
    majors: counts.filter(({ newCount }) => newCount === 0).map(({ label }) => label),
  };
  if (sizes.majors.length === 0)
    throw new InvalidOptionError('extrapolation: all classes get rows, so that there is none to borrow from', {
      hint: 'leave out the class that should be the major in samplingStrategy',
    });
  const { classDistance: distance, assignment, classPairs: fixed, samplePairs: anchor } = options;
  const { pairs } = await findClassPairs({ latents, labels, classCount, sizes, distance, assignment, fixed }, ops);
  const classPairs = pairs.map(({ minor, major }) => ({ minor, major }));
  const forgotten = sizes.minors.find((minor) => !classPairs.some((pair) => pair.minor === minor));
  if (forgotten !== undefined)
    throw new InvalidOptionError(`extrapolation: class ${forgotten} gets rows, but is in none of classPairs`);

  const plans = planArm(options.arm, withAccuracy(classPairs, input), options).pairs;
  // Means and densities are made only where a pair reads them.
  const reading = plans.some(({ action }) => action === 'asymmetric') ? options.reading : 'boundary';
  const exact = createCpuLatentOps();
  const { extrapolate: place, classMeans, classProbability } = exact;
  const exactWeights: LatentOps = { ...ops, extrapolate: place, classMeans, classProbability };
  const prepared = await prepareLatents({ latents, labels, classCount, classPairs, anchor, reading }, exactWeights);
  const { seed } = options;
  const parts: SampledRows[][] = [];
  for (const { label, originalCount, newCount } of treated) {
    const own = plans.map((plan, index) => ({ plan, index })).filter(({ plan }) => plan.pair.minor === label);
    const ownParts: SampledRows[] = [];
    for (const [at, { plan, index }] of own.entries()) {
      const count = Math.floor(newCount / own.length) + (at < newCount % own.length ? 1 : 0);
      const scheduled = Math.round((count * plan.iterations) / options.iterations);
      const note = scheduled === count ? {} : { note: scheduleNote(plan, scheduled, count) };
      if (scheduled === 0) {
        ownParts.push({ ...noRows, ...note });
        continue;
      }
      const round = { plan: { ...plan, iterations: 1 }, index, iteration: 0, seed, prepared, head, logits };
      const made = await extrapolatePair(
        { ...round, options: { ...options, newShare: scheduled / originalCount } },
        exactWeights,
      );
      ownParts.push({
        first: made.samplePairs.minorRows,
        second: made.samplePairs.majorRows,
        weight: Float64Array.from(made.minorWeights, (minorWeight) => 1 - minorWeight),
        method: `extrapolation-${plan.action}`,
        ...note,
      });
    }
    parts.push(ownParts);
  }
  return parts;
}

const noRows: SampledRows = {
  first: new Uint32Array(0),
  second: new Uint32Array(0),
  weight: new Float64Array(0),
  method: 'extrapolation-none',
};

function scheduleNote({ pair, action }: PairPlan, scheduled: number, count: number): string {
  const what =
    action === 'none' ? 'is separable and gets nothing' : `gets ${scheduled} of ${count} rows by its accuracy`;
  return `its pair with class ${pair.major} ${what}`;
}

function countClasses({ labels, classifier: { head, logits } }: ExtrapolationInput): number {
  const largest = labels.reduce((most, label) => Math.max(most, label), 0);
  const classCount = head?.bias.length ?? logits?.d ?? largest + 1;
  if (largest >= Math.min(classCount, mostClasses))
    throw new InvalidInputError(
      `extrapolation: a row has label ${largest}, expected the number of a class, less than ${Math.min(classCount, mostClasses)}`,
    );
  return classCount;
}

/** The head and logits, checked, where the arm reads them. */
async function readClassifier({ latents, options, classifier }: ExtrapolationInput, classCount: number) {
  const { arm, overlapped, placement, reading } = options;
  const byAccuracy = arm === 'algorithm1' || arm === 'algorithm2';
  const actions = byAccuracy ? [overlapped, ...(arm === 'algorithm1' ? ['random'] : [])] : [arm];
  const asymmetric = actions.includes('asymmetric');
  const ranks = actions.some((action) => action !== 'random');
  const crosses = placement === 'crossing' && actions.some((action) => action !== 'asymmetric');
  const { head } = classifier;
  if (head === undefined && (crosses || (asymmetric && reading === 'boundary')))
    throw new InvalidInputError(
      `extrapolation: arm ${arm} puts new rows by the boundary between two classes, but no classifier head is given`,
      { hint: 'give the last linear layer, or choose another reading and the placement middle' },
    );
  if (head !== undefined) checkHead(head, latents.d, classCount);
  const readsLogits = ranks || (asymmetric && reading === 'probability');
  if (!readsLogits) return { head, logits: undefined };
  const logits = classifier.logits ?? (head && headLogits(latents, head));
  if (logits === undefined)
    throw new InvalidInputError(
      `extrapolation: arm ${arm} ranks rows by the classifier, but neither logits nor a classifier head are given`,
      { hint: 'give the logits of the latents, or the last linear layer, or use arm random' },
    );
  if (logits.n !== latents.n || logits.d !== classCount)
    throw new InvalidInputError(
      `extrapolation: logits are ${logits.n} x ${logits.d}, expected ${latents.n} x ${classCount}`,
    );
  checkMatrix('extrapolation', 'logits', logits);
  return { head, logits };
}

function checkHead({ weights, bias }: ClassifierHead, d: number, classCount: number): void {
  if (weights.n !== d || weights.d !== classCount)
    throw new InvalidInputError(
      `extrapolation: the head is ${weights.n} x ${weights.d} with ${bias.length} biases, expected ${d} x ${classCount} with ${classCount}`,
    );
  checkMatrix('extrapolation', 'head weights', weights);
  checkMatrix('extrapolation', 'head bias', { data: bias, n: 1, d: classCount });
}

/** What a head makes of latents: [n, c]. */
export function headLogits(latents: Matrix, { weights, bias }: ClassifierHead): Matrix {
  return linearLogits(
    latents,
    new Map([
      [headKernel, weights.data],
      [headBias, bias],
    ]),
  );
}

function withAccuracy(pairs: readonly ClassPair[], { options, classifier }: ExtrapolationInput) {
  // The other arms treat all pairs alike, whatever their accuracy.
  if (options.arm !== 'algorithm1' && options.arm !== 'algorithm2')
    return pairs.map((pair) => ({ ...pair, accuracy: 0 }));
  const { heldOut } = classifier;
  if (heldOut === undefined)
    throw new InvalidInputError(
      `extrapolation: ${options.arm} goes by the accuracy of class pairs, but no held-out rows are given`,
      { hint: 'give logits and labels of rows that were not trained on' },
    );
  const labels = Uint32Array.from(heldOut.labels);
  return pairs.map((pair) => {
    const { accuracy } = pairAccuracy({ logits: heldOut.logits, labels, pair, mode: options.pairAccuracy });
    return { ...pair, accuracy };
  });
}
