import type { Session } from '../../session/session.ts';
import { sized } from '../check-sizes.ts';
import { sumRunsWgsl } from '../column-sums/column-sums.wgsl.ts';
import { vectorWidth, workgroupSize } from '../column-sums/row-loop.wgsl.ts';
import { dataRuns, elementRuns, partialRuns } from '../column-sums/row-runs.ts';
import { type OperandStorage, storedBytes } from '../operand-storage.ts';
import type { BatchNormGradientIo, BatchNormShape, PreparedBatchNorm } from './batch-norm.io.ts';
import { finishGradientsWgsl, inputGradientWgsl, runGradientsWgsl } from './batch-norm.wgsl.ts';

const kernel = 'batch-norm';

/** Compiles the backward pass: sums over the runs, summed, finished, and the input's gradient. */
export async function prepareGradient(
  session: Session,
  { rows, channels, relu }: BatchNormShape,
  storage: OperandStorage<'input' | 'output'>,
): Promise<PreparedBatchNorm<BatchNormGradientIo>> {
  const groups = channels / vectorWidth(channels);
  const runs = dataRuns(session, rows, groups);
  const merges = partialRuns(runs.count);
  const partialCount = merges.at(-1)?.count ?? runs.count;
  const elements = elementRuns(session, rows);
  const compile = (label: string, code: string) => session.pipeline({ label: `${kernel}: ${label}`, code });
  const [first, finish, last, ...merging] = await Promise.all([
    compile('run gradients', runGradientsWgsl(runs, channels, relu, storage)),
    compile('finish gradients', finishGradientsWgsl(rows, partialCount, channels)),
    compile('input gradient', inputGradientWgsl(elements, channels, relu, storage)),
    ...merges.map((merge) => compile('sum gradients', sumRunsWgsl(merge, 2 * channels))),
  ]);
  const all = rows * channels * 4;
  const inputBytes = storedBytes(rows * channels, storage.input);
  const each = channels * 4;

  return {
    encode(recorder, io) {
      let partials = { buffer: recorder.temporary(runs.count * 2 * each, `${kernel}: run gradients`) };
      const output = relu ? [sized(io.output, storedBytes(rows * channels, storage.output))] : [];
      recorder.dispatch({
        label: `${kernel}: run gradients`,
        pipeline: first,
        bindings: [
          sized(io.input, inputBytes),
          sized(io.outputGradient, all),
          sized(io.savedMean, each),
          ...output,
          sized(partials, runs.count * 2 * each),
        ],
        workgroups: Math.ceil((runs.count * groups) / workgroupSize),
      });
      for (const [at, merge] of merges.entries()) {
        const merged = { buffer: recorder.temporary(merge.count * 2 * each, `${kernel}: summed gradients`) };
        recorder.dispatch({
          label: `${kernel}: sum gradients`,
          pipeline: merging[at],
          bindings: [sized(partials, merge.rows * 2 * each), sized(merged, merge.count * 2 * each)],
          workgroups: Math.ceil((merge.count * 2 * channels) / vectorWidth(2 * channels) / workgroupSize),
        });
        partials = merged;
      }
      const coefficients = { buffer: recorder.temporary(4 * each, `${kernel}: coefficients`) };
      recorder.dispatch({
        label: `${kernel}: finish gradients`,
        pipeline: finish,
        bindings: [
          sized(partials, partialCount * 2 * each),
          ...[io.gamma, io.savedMean, io.savedInverse, io.gammaGradient, io.betaGradient].map((binding) =>
            sized(binding, each),
          ),
          sized(coefficients, 4 * each),
        ],
        workgroups: Math.ceil(channels / workgroupSize),
      });
      recorder.dispatch({
        label: `${kernel}: input gradient`,
        pipeline: last,
        bindings: [
          sized(io.input, inputBytes),
          sized(io.outputGradient, all),
          sized(coefficients, 4 * each),
          ...output,
          sized(io.inputGradient, all),
        ],
        workgroups: Math.ceil((elements.count * groups) / workgroupSize),
      });
    },
  };
}
