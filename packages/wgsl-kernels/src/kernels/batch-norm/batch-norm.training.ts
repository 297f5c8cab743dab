import type { Session } from '../../session/session.ts';
import { sized } from '../check-sizes.ts';
import { vectorWidth, workgroupSize } from '../column-sums/row-loop.wgsl.ts';
import { dataRuns, elementRuns, partialRuns } from '../column-sums/row-runs.ts';
import { type OperandStorage, storedBytes } from '../operand-storage.ts';
import type { BatchNormTrainingIo, BatchNormTrainingOptions, PreparedBatchNorm } from './batch-norm.io.ts';
import { finishStatisticsWgsl, mergeStatisticsWgsl, normalizeWgsl, runStatisticsWgsl } from './batch-norm.wgsl.ts';

const kernel = 'batch-norm';

/** Compiles the forward pass with the batch's statistics: those of the runs, merged, finished, and the normalization. */
export async function prepareTraining(
  session: Session,
  { rows, channels, relu, epsilon, momentum }: BatchNormTrainingOptions,
  storage: OperandStorage<'input' | 'output'>,
): Promise<PreparedBatchNorm<BatchNormTrainingIo>> {
  const groups = channels / vectorWidth(channels);
  const runs = dataRuns(session, rows, groups);
  const merges: { readonly runs: ReturnType<typeof partialRuns>[number]; readonly rowsPerPartial: number }[] = [];
  let rowsPerPartial = runs.length;
  for (const merge of partialRuns(runs.count)) {
    merges.push({ runs: merge, rowsPerPartial });
    rowsPerPartial *= merge.length;
  }
  const partialCount = merges.at(-1)?.runs.count ?? runs.count;
  const elements = elementRuns(session, rows);
  const compile = (label: string, code: string) => session.pipeline({ label: `${kernel}: ${label}`, code });
  const [first, finish, normalize, ...merging] = await Promise.all([
    compile('run statistics', runStatisticsWgsl(runs, channels, storage)),
    compile(
      'finish statistics',
      finishStatisticsWgsl(rows, rowsPerPartial, partialCount, channels, epsilon, momentum, storage),
    ),
    compile('normalize', normalizeWgsl(elements, channels, relu, storage)),
    ...merges.map((merge) =>
      compile('merge statistics', mergeStatisticsWgsl(rows, merge.rowsPerPartial, merge.runs, channels)),
    ),
  ]);
  const inputBytes = storedBytes(rows * channels, storage.input);
  const outputBytes = storedBytes(rows * channels, storage.output);
  const each = channels * 4;

  return {
    encode(recorder, io) {
      let partials = { buffer: recorder.temporary(runs.count * 2 * each, `${kernel}: run statistics`) };
      recorder.dispatch({
        label: `${kernel}: run statistics`,
        pipeline: first,
        bindings: [sized(io.input, inputBytes), sized(partials, runs.count * 2 * each)],
        workgroups: Math.ceil((runs.count * groups) / workgroupSize),
      });
      for (const [at, merge] of merges.entries()) {
        const { count, rows: from } = merge.runs;
        const merged = { buffer: recorder.temporary(count * 2 * each, `${kernel}: merged statistics`) };
        recorder.dispatch({
          label: `${kernel}: merge statistics`,
          pipeline: merging[at],
          bindings: [sized(partials, from * 2 * each), sized(merged, count * 2 * each)],
          workgroups: Math.ceil((count * channels) / workgroupSize),
        });
        partials = merged;
      }
      recorder.dispatch({
        label: `${kernel}: finish statistics`,
        pipeline: finish,
        bindings: [
          sized(partials, partialCount * 2 * each),
          sized(io.input, storedBytes(channels, storage.input)),
          ...[io.movingMean, io.movingVariance, io.savedMean, io.savedInverse].map((binding) => sized(binding, each)),
        ],
        workgroups: Math.ceil(channels / workgroupSize),
      });
      recorder.dispatch({
        label: `${kernel}: normalize`,
        pipeline: normalize,
        bindings: [
          sized(io.input, inputBytes),
          ...[io.savedMean, io.savedInverse, io.gamma, io.beta].map((binding) => sized(binding, each)),
          sized(io.output, outputBytes),
        ],
        workgroups: Math.ceil((elements.count * groups) / workgroupSize),
      });
    },
  };
}
