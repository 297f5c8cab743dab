import { createPooling } from '@csx/wgsl-kernels';
import { PeerFailure } from '../../worker/peer-failure.ts';
import { floatsOf, type OpenKernel, sizesOf, target, uploaded } from './kernel-run.ts';

export const openPooling: OpenKernel = async (session, task) => {
  const { batch, height, width, channels } = sizesOf(task, 'batch', 'height', 'width', 'channels');
  const tiles = { size: [2, 2], stride: [2, 2], padding: [0, 0, 0, 0] } as const;
  const shape = { batch, height, width, channels, ...tiles };
  const { input, outputGradient } = await floatsOf(task, 'input', 'outputGradient');
  const kernel = createPooling(session);
  const data = uploaded(session, { input, outputGradient });
  const output = target(session, outputGradient.length);
  const inputGradient = target(session, input.length);
  switch (task.shape.pass) {
    case 'max': {
      const { encode } = await kernel.prepareMax(shape);
      return {
        record: (step) => encode(step, { input: data.input, output }),
        outputs: [output],
        run: () => kernel.runMax(input, shape),
      };
    }
    case 'max gradient': {
      const { encode } = await kernel.prepareMaxGradient(shape);
      return {
        record: (step) => encode(step, { ...data, inputGradient }),
        outputs: [inputGradient],
        run: () => kernel.runMaxGradient(input, outputGradient, shape),
      };
    }
    case 'average': {
      const { encode } = await kernel.prepareAverage(shape);
      return {
        record: (step) => encode(step, { input: data.input, output }),
        outputs: [output],
        run: () => kernel.runAverage(input, shape),
      };
    }
    case 'average gradient': {
      const { encode } = await kernel.prepareAverageGradient(shape);
      return {
        record: (step) => encode(step, { outputGradient: data.outputGradient, inputGradient }),
        outputs: [inputGradient],
        run: () => kernel.runAverageGradient(outputGradient, shape),
      };
    }
    default:
      throw new PeerFailure('failed', `pooling has no ${task.shape.pass}`);
  }
};
