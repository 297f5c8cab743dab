import type { Matrix } from '../../matrix.ts';
import type { PipelineSource } from '../../session/pipeline-cache.ts';
import type { Session } from '../../session/session.ts';
import type { Binding, Recorder } from '../../session/step.ts';
import { checkShape } from '../check-matrix.ts';
import { checkNoUnknown, checkSizes, sized } from '../check-sizes.ts';
import { runArrays } from '../run-arrays.ts';
import { sumRunsWgsl } from './column-sums.wgsl.ts';
import { vectorWidth, workgroupSize } from './row-loop.wgsl.ts';
import { additionsOfSum, dataRuns, mostAtOnce, partialRuns, type RowRuns, rowRuns } from './row-runs.ts';

export interface ColumnSumsShape {
  readonly rows: number;
  readonly columns: number;
}

/** Existing buffers; `sums` may not lie in the buffer of `input`. */
export interface ColumnSumsIo {
  /** [rows, columns] f32 */
  readonly input: Binding;
  /** [columns] f32, written whole. */
  readonly sums: Binding;
}

/** The compiled kernel for one shape. */
export interface PreparedColumnSums {
  encode(recorder: Recorder, io: ColumnSumsIo): void;
}

/**
 * The sum of each column: the gradient of a bias from the gradient of the outputs it was added to.
 *
 * sums_j = sum_i input_ij
 *
 * `prepare`: rows >= 1, columns >= 1, any unit; the result is [columns]. Empty inputs are refused. One lane sums a run of 16
 * to 128 rows of one column, or of four side by side; the results of the runs are summed the same way until one is left.
 * No workgroup memory: enough lanes keep a GPU's memory busy without it, and software Vulkan pays much for barriers. The
 * data are read once (4 bytes a value). Deterministic on one adapter: the order of the additions is fixed. Error:
 * `columnSumsBound`.
 *
 * Throws InvalidInputError (shapes), InvalidOptionError (an unknown option), LimitExceededError (the data do not fit into a
 * binding), and the session's errors.
 *
 * Source: the definition.
 */
export interface ColumnSums {
  prepare(shape: ColumnSumsShape): Promise<PreparedColumnSums>;
  /** [columns] from a matrix [n, d]. */
  run(input: Matrix): Promise<Float32Array>;
}

const kernel = 'column-sums';
const u = 2 ** -23;

/**
 * How far a sum may be from the exact one, given the sum of the absolute values. Each addition is off by u = 2^-23 of a
 * partial sum that is at most `absoluteSum`, and a value passes through `additionsOfSum` of them: a quarter of its run and
 * five in each pass (Higham, section 4.2; with (1 + u)^k <= 1 + 1.01 k u). An addition may flush a denormal to zero.
 */
export function columnSumsBound(rows: number, absoluteSum: number): number {
  return 1.01 * additionsOfSum(rows) * u * absoluteSum + 2 * rows * 2 ** -126;
}

/** The text of the shader of one pass. */
export function sumRunsSource(runs: RowRuns, columns: number): PipelineSource {
  return { label: kernel, code: sumRunsWgsl(runs, columns) };
}

/** The texts of the shaders for an example shape: another one only changes numbers and vector types in it. */
export const columnSumsSources: readonly PipelineSource[] = [sumRunsSource(rowRuns(64, 16), 64)];

/** The passes that leave at most `mostAtOnce` rows, and the sum of those. */
function passesOf(session: Session, rows: number, columns: number): readonly RowRuns[] {
  if (rows <= mostAtOnce) return [rowRuns(rows, rows)];
  const first = dataRuns(session, rows, columns / vectorWidth(columns));
  const passes = [first, ...partialRuns(first.count)];
  const left = passes[passes.length - 1].count;
  return left === 1 ? passes : [...passes, rowRuns(left, left)];
}

/** Makes the kernel; pipelines are compiled for each shape. */
export function createColumnSums(session: Session): ColumnSums {
  const prepare = async ({ rows, columns, ...unknown }: ColumnSumsShape): Promise<PreparedColumnSums> => {
    checkNoUnknown(kernel, unknown);
    checkSizes(kernel, { rows, columns });
    const passes = passesOf(session, rows, columns);
    const pipelines = await Promise.all(passes.map((runs) => session.pipeline(sumRunsSource(runs, columns))));
    return {
      encode(recorder, { input, sums }) {
        let from = input;
        for (const [at, runs] of passes.entries()) {
          const bytes = runs.count * columns * 4;
          const to = at === passes.length - 1 ? sums : { buffer: recorder.temporary(bytes, `${kernel}: run sums`) };
          recorder.dispatch({
            label: kernel,
            pipeline: pipelines[at],
            bindings: [sized(from, runs.rows * columns * 4), sized(to, bytes)],
            workgroups: Math.ceil((runs.count * columns) / vectorWidth(columns) / workgroupSize),
          });
          from = to;
        }
      },
    };
  };

  return {
    prepare,
    async run(input) {
      checkShape(kernel, 'input', input);
      const { encode } = await prepare({ rows: input.n, columns: input.d });
      const { sums } = await runArrays(session, kernel, { input: input.data }, { sums: input.d }, encode);
      return sums;
    },
  };
}
