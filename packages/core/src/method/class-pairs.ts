import { InvalidOptionError, type Matrix } from '@csx/wgsl-kernels';
import type { LatentOps } from '../latent-ops/latent-ops.ts';
import { assignClosest, assignOneToOne } from './assignment.ts';
import { checkChoice } from './check-choice.ts';
import { checkLabels, checkMatrix } from './check-latents.ts';
import { type ClassDistance, classDistances } from './class-distances.ts';
import { rowsByClass } from './class-rows.ts';
import type { Sizes } from './sizes.ts';

/** A minor class and the major class that it borrows from, as class indices. */
export interface ClassPair {
  readonly minor: number;
  readonly major: number;
}

export interface MeasuredClassPair extends ClassPair {
  /** Between the two classes in latent space, in the reading chosen. */
  readonly distance: number;
}

/** `closest`: a major may serve several minors. `matching`: one to one, least total distance. `fixed`: by hand. */
export type Assignment = 'closest' | 'matching' | 'fixed';

export interface ClassPairsInput {
  readonly latents: Matrix;
  /** [n] class indices. */
  readonly labels: Uint32Array;
  readonly classCount: number;
  readonly sizes: Sizes;
  readonly distance: ClassDistance;
  readonly assignment: Assignment;
  /** For `fixed`: the pairs, in the order in which they are to be treated. */
  readonly fixed?: readonly ClassPair[] | undefined;
}

export interface ClassPairsResult {
  /** The pairs to use; by minor class, or in the order of `fixed`. */
  readonly pairs: readonly MeasuredClassPair[];
  /** What the search finds by itself: `pairs`, or beside `fixed` ones each minor's closest major. */
  readonly automaticPairs: readonly MeasuredClassPair[];
}

/** Class indices of pairs given by name; throws InvalidOptionError for a name that is not among `classNames`. */
export function classPairsByName(
  pairs: readonly { readonly minor: string; readonly major: string }[],
  classNames: readonly string[],
): ClassPair[] {
  const indexOf = (name: string) => {
    const index = classNames.indexOf(name);
    if (index < 0)
      throw new InvalidOptionError(`class-pairs: no class is called ${name}, expected one of ${classNames.join(', ')}`);
    return index;
  };
  return pairs.map(({ minor, major }) => ({ minor: indexOf(minor), major: indexOf(major) }));
}

/**
 * A major class for each minor class: `FindPairs` of the paper's algorithms.
 *
 * Equal distances go to the lower major class (`closest`). `fixed` pairs must name a minor and a
 * major of `sizes` each; a minor may be left out.
 *
 * @throws {InvalidOptionError} `fixed` pairs missing, repeated or of the wrong sizes, or `matching` with too few majors.
 * @throws {InvalidInputError} shapes or labels that do not fit. {@link NumericError} latents that are not finite.
 */
export async function findClassPairs(input: ClassPairsInput, ops: LatentOps): Promise<ClassPairsResult> {
  const { latents, labels, classCount, sizes, distance, assignment } = input;
  const { minors, majors } = sizes;
  checkChoice('class-pairs', 'distance', distance, ['centroid', 'nearest']);
  checkChoice('class-pairs', 'assignment', assignment, ['closest', 'matching', 'fixed']);
  checkMatrix('class-pairs', 'latents', latents);
  checkLabels('class-pairs', labels, latents.n, classCount);
  if (assignment === 'fixed') checkFixed(input.fixed, sizes);

  const classRows = rowsByClass(labels, classCount);
  const distances = await classDistances({ latents, classRows, minors, majors, distance }, ops);
  const measured = (i: number, j: number) => ({
    minor: minors[i],
    major: majors[j],
    distance: distances[i * majors.length + j],
  });
  const assign = assignment === 'matching' ? assignOneToOne : assignClosest;
  const automaticPairs = assign(distances, minors.length, majors.length).map((j, i) => measured(i, j));
  if (assignment !== 'fixed' || !input.fixed) return { pairs: automaticPairs, automaticPairs };
  const pairs = input.fixed.map(({ minor, major }) => measured(minors.indexOf(minor), majors.indexOf(major)));
  return { pairs, automaticPairs };
}

function checkFixed(fixed: readonly ClassPair[] | undefined, { minors, majors }: Sizes): void {
  if (!fixed || fixed.length === 0)
    throw new InvalidOptionError('class-pairs: assignment is fixed, but no pairs are given', {
      hint: 'give classPairs, or use assignment closest',
    });
  const seen = new Set<string>();
  for (const { minor, major } of fixed) {
    if (!minors.includes(minor))
      throw new InvalidOptionError(`class-pairs: class ${minor} is not minor, the minors are ${minors.join(', ')}`);
    if (!majors.includes(major))
      throw new InvalidOptionError(`class-pairs: class ${major} is not major, the majors are ${majors.join(', ')}`);
    const key = `${minor}-${major}`;
    if (seen.has(key)) throw new InvalidOptionError(`class-pairs: the pair of ${minor} and ${major} is given twice`);
    seen.add(key);
  }
}
