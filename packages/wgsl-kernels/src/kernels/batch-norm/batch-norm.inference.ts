import type { Session } from '../../session/session.ts';
import { sized } from '../check-sizes.ts';
import { vectorWidth, workgroupSize } from '../column-sums/row-loop.wgsl.ts';
import { elementRuns } from '../column-sums/row-runs.ts';
import type { BatchNormInferenceIo, BatchNormInferenceOptions, PreparedBatchNorm } from './batch-norm.io.ts';
import { normalizeWgsl } from './batch-norm.wgsl.ts';

const kernel = 'batch-norm: inference';

/** Compiles the forward pass with the running statistics: one dispatch. */
export async function prepareInference(
  session: Session,
  { rows, channels, relu, epsilon }: BatchNormInferenceOptions,
): Promise<PreparedBatchNorm<BatchNormInferenceIo>> {
  const runs = elementRuns(session, rows);
  const pipeline = await session.pipeline({ label: kernel, code: normalizeWgsl(runs, channels, relu, {}, epsilon) });
  const all = rows * channels * 4;
  return {
    encode(recorder, io) {
      recorder.dispatch({
        label: kernel,
        pipeline,
        bindings: [
          sized(io.input, all),
          ...[io.movingMean, io.movingVariance, io.gamma, io.beta].map((binding) => sized(binding, channels * 4)),
          sized(io.output, all),
        ],
        workgroups: Math.ceil((runs.count * (channels / vectorWidth(channels))) / workgroupSize),
      });
    },
  };
}
