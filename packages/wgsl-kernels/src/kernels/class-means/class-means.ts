import { InvalidInputError, NumericError } from '../../errors.ts';
import type { Matrix } from '../../matrix.ts';
import type { Session } from '../../session/session.ts';
import type { Step } from '../../session/step.ts';
import { checkFinite, checkShape } from '../check-matrix.ts';
import { matrixBuffer } from '../matrix-buffer.ts';
import { rowChunks } from '../row-chunks.ts';
import { uniformData } from '../uniform-data.ts';
import type { ClassMeansOutput } from './class-means.reference.ts';
import { classMeansWgsl, segmentSumsWgsl, workgroupSize } from './class-means.wgsl.ts';
import { groupRowsByClass, segmentRows } from './group-rows.ts';

export interface ClassMeansInput {
  /** [n, d] */
  readonly latents: Matrix;
  /** [n]: the class of each row, below classCount. */
  readonly labels: Uint32Array;
  readonly classCount: number;
}

/** Existing buffers. */
export interface ClassMeansIo {
  /** [n, d] f32 */
  readonly latents: GPUBuffer;
  /** [c, d] f32, written whole. */
  readonly means: GPUBuffer;
}

/** The kernel for one set of labels. */
export interface PreparedClassMeans {
  readonly classCounts: Uint32Array;
  encode(step: Step, io: ClassMeansIo): void;
}

/**
 * The mean row of each class.
 *
 * mean_c = sum of the rows of class c / their number; zeros for a class without rows.
 *
 * `run`: latents [n, d] in any unit, labels [n], classCount c >= 1; the result is [c, d] and the counts [c]. n = 0: all
 * zeros. Deterministic on one adapter: the rows of a class are added in segments of 256 in their order, then the segments.
 * Error: `classMeansBound`.
 *
 * Throws InvalidInputError (shapes, a label out of range, a row with NaN or infinity: it is named), NumericError (a sum
 * beyond f32), LimitExceededError ([c, d] does not fit into a binding), and the session's errors.
 *
 * Source: the definition.
 */
export interface ClassMeans {
  prepare(labels: Uint32Array, classCount: number, d: number): Promise<PreparedClassMeans>;
  run(input: ClassMeansInput): Promise<ClassMeansOutput>;
}

const kernel = 'class-means';
const u = 2 ** -23;

/** The texts of the shaders. */
export const classMeansSources = [
  { label: `${kernel}: segment sums`, code: segmentSumsWgsl },
  { label: `${kernel}: means`, code: classMeansWgsl },
] as const;

/**
 * How far a mean may be from the exact one, for a class of `count` rows whose absolute values in this column have the
 * mean `meanAbsolute`. A value passes through at most 255 additions of its segment and one for each segment, each off by
 * u = 2^-23 of a partial sum that is at most the sum of the absolute values; the division is off by 2.5 u, the rounding
 * of the reference to f32 by u / 2. An addition may flush a denormal to zero: 2^-126 each, and there are fewer than two a row.
 */
export function classMeansBound(count: number, meanAbsolute: number): number {
  if (count === 0) return 0;
  const additions = Math.min(count, segmentRows) + Math.ceil(count / segmentRows);
  return (additions + 4) * u * meanAbsolute + 4 * 2 ** -126;
}

function checkLabels(labels: Uint32Array, classCount: number, n: number): void {
  if (!Number.isSafeInteger(classCount) || classCount < 1) {
    throw new InvalidInputError(`${kernel}: classCount is ${classCount}, expected a whole number >= 1`);
  }
  if (labels.length !== n)
    throw new InvalidInputError(`${kernel}: ${labels.length} labels for ${n} rows, expected one a row`);
  const wrong = labels.findIndex((label) => label >= classCount);
  if (wrong >= 0) {
    throw new InvalidInputError(
      `${kernel}: label of row ${wrong} is ${labels[wrong]}, expected below classCount = ${classCount}`,
    );
  }
}

/** Makes the kernel; its two pipelines are compiled at the first use. */
export function createClassMeans(session: Session): ClassMeans {
  const prepare = async (labels: Uint32Array, classCount: number, d: number): Promise<PreparedClassMeans> => {
    const n = labels.length;
    checkLabels(labels, classCount, n);
    const [sumPipeline, meanPipeline] = await Promise.all(classMeansSources.map((source) => session.pipeline(source)));
    const chunks = rowChunks(kernel, n, d * 4, session.maxBindingBytes);
    const { rows, segments, chunkSegments, classes, classCounts } = groupRowsByClass(labels, classCount, chunks);
    // A binding cannot be empty, and without rows there is nothing to add.
    const sumBytes = Math.max(1, segments.length / 3) * d * 4;
    const groups = (invocations: number) => Math.ceil(invocations / workgroupSize);

    const encode = (step: Step, { latents, means }: ClassMeansIo) => {
      const sums = step.temporary(sumBytes, `${kernel}: sums`);
      const rowBuffer = step.upload(rows, `${kernel}: rows`);
      const segmentBuffer = step.upload(segments, `${kernel}: segments`);
      for (const [at, { first, count }] of chunks.entries()) {
        const own = chunkSegments[at];
        step.dispatch({
          label: `${kernel}: segment sums`,
          pipeline: sumPipeline,
          bindings: [
            { buffer: step.uniform(uniformData([own.first, own.count, d]), `${kernel}: segment sizes`) },
            { buffer: latents, offset: first * d * 4, size: count * d * 4 },
            { buffer: rowBuffer, size: rows.byteLength },
            { buffer: segmentBuffer, size: segments.byteLength },
            { buffer: sums, size: sumBytes },
          ],
          workgroups: groups(own.count * d),
        });
      }
      step.dispatch({
        label: `${kernel}: means`,
        pipeline: meanPipeline,
        bindings: [
          { buffer: step.uniform(uniformData([classCount, d]), `${kernel}: class sizes`) },
          { buffer: sums, size: sumBytes },
          { buffer: step.upload(classes, `${kernel}: classes`), size: classes.byteLength },
          { buffer: means, size: classCount * d * 4 },
        ],
        workgroups: groups(classCount * d),
      });
    };
    return { classCounts, encode };
  };

  return {
    prepare,
    async run({ latents, labels, classCount }) {
      checkShape(kernel, 'latents', latents);
      checkLabels(labels, classCount, latents.n);
      checkFinite(kernel, 'latents', latents);
      const { d } = latents;
      const { classCounts, encode } = await prepare(labels, classCount, d);
      const bytes = classCount * d * 4;
      const [result] = await session.submit(kernel, (step) => {
        const means = step.temporary(bytes, `${kernel}: means`);
        encode(step, { latents: matrixBuffer(session, step, latents, `${kernel}: latents`), means });
        return [{ buffer: means, bytes }];
      });
      const data = new Float32Array(result);
      const overflow = data.findIndex((value) => !Number.isFinite(value));
      if (overflow >= 0) {
        throw new NumericError(
          `${kernel}: the sum of class ${Math.floor(overflow / d)} exceeds f32 in column ${overflow % d}`,
          {
            hint: 'Scale the rows down.',
          },
        );
      }
      return { means: { data, n: classCount, d }, classCounts };
    },
  };
}
