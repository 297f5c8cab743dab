import { type BatchNorm, createBatchNorm, type Session } from '@csx/wgsl-kernels';
import { PeerFailure } from '../../worker/peer-failure.ts';
import type { KernelTask } from '../../worker/protocol.ts';
import { floatsOf, type KernelRun, type OpenKernel, sizesOf, target, uploaded, wholeOf } from './kernel-run.ts';

const perChannel = ['gamma', 'beta', 'movingMean', 'movingVariance'] as const;

async function openTraining(session: Session, kernel: BatchNorm, task: KernelTask): Promise<KernelRun> {
  const { rows, channels, epsilon, momentum } = sizesOf(task, 'rows', 'channels', 'epsilon', 'momentum');
  const options = { rows, channels, relu: true, epsilon, momentum };
  const arrays = await floatsOf(task, 'input', ...perChannel);
  const { encode } = await kernel.prepareTraining(options);
  const data = uploaded(session, arrays);
  const output = target(session, rows * channels);
  const savedMean = target(session, channels);
  const savedInverse = target(session, channels);
  const moving = ['movingMean', 'movingVariance'] as const;
  return {
    record: (step) => encode(step, { ...data, output, savedMean, savedInverse }),
    outputs: [output, savedMean, savedInverse, ...moving.map((name) => wholeOf(data[name]))],
    updated: moving.map((name) => ({ buffer: data[name].buffer, values: arrays[name] })),
    run: () => kernel.runTraining({ ...options, ...arrays }),
  };
}

async function openInference(session: Session, kernel: BatchNorm, task: KernelTask): Promise<KernelRun> {
  const { rows, channels, epsilon } = sizesOf(task, 'rows', 'channels', 'epsilon');
  const options = { rows, channels, relu: true, epsilon };
  const arrays = await floatsOf(task, 'input', ...perChannel);
  const { encode } = await kernel.prepareInference(options);
  const data = uploaded(session, arrays);
  const output = target(session, rows * channels);
  return {
    record: (step) => encode(step, { ...data, output }),
    outputs: [output],
    run: () => kernel.runInference({ ...options, ...arrays }),
  };
}

async function openGradient(session: Session, kernel: BatchNorm, task: KernelTask): Promise<KernelRun> {
  const { rows, channels } = sizesOf(task, 'rows', 'channels');
  const shape = { rows, channels, relu: true };
  const names = ['input', 'output', 'outputGradient', 'gamma', 'savedMean', 'savedInverse'] as const;
  const arrays = await floatsOf(task, ...names);
  const { encode } = await kernel.prepareGradient(shape);
  const data = uploaded(session, arrays);
  const inputGradient = target(session, rows * channels);
  const gammaGradient = target(session, channels);
  const betaGradient = target(session, channels);
  return {
    record: (step) => encode(step, { ...data, inputGradient, gammaGradient, betaGradient }),
    outputs: [inputGradient, gammaGradient, betaGradient],
    run: () => kernel.runGradient({ ...shape, ...arrays }),
  };
}

export const openBatchNorm: OpenKernel = async (session, task) => {
  const kernel = createBatchNorm(session);
  switch (task.shape.pass) {
    case 'training':
      return openTraining(session, kernel, task);
    case 'inference':
      return openInference(session, kernel, task);
    case 'gradient':
      return openGradient(session, kernel, task);
    default:
      throw new PeerFailure('failed', `batch-norm has no ${task.shape.pass}`);
  }
};
