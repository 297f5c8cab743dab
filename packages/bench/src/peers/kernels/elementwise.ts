import { createElementwise, dropoutRandomData } from '@csx/wgsl-kernels';
import { PeerFailure } from '../../worker/peer-failure.ts';
import { floatsOf, type OpenKernel, sizesOf, target, uploaded } from './kernel-run.ts';

export const openElementwise: OpenKernel = async (session, task) => {
  const { count } = sizesOf(task, 'count');
  const { input, other } = await floatsOf(task, 'input', 'other');
  const kernel = createElementwise(session);
  const data = uploaded(session, { input, other });
  const output = target(session, count);
  switch (task.shape.pass) {
    case 'relu': {
      const { encode } = await kernel.prepareRelu(count);
      return {
        record: (step) => encode(step, { input: data.input, output }),
        outputs: [output],
        run: () => kernel.runRelu(input),
      };
    }
    case 'relu gradient': {
      const { encode } = await kernel.prepareReluGradient(count);
      const io = { output: data.input, outputGradient: data.other, inputGradient: output };
      return {
        record: (step) => encode(step, io),
        outputs: [output],
        run: () => kernel.runReluGradient(input, other),
      };
    }
    case 'add': {
      const { encode } = await kernel.prepareAdd(count);
      return {
        record: (step) => encode(step, { ...data, output }),
        outputs: [output],
        run: () => kernel.runAdd(input, other),
      };
    }
    case 'dropout': {
      const { rate, ...random } = sizesOf(task, 'rate', 'seed', 'stream', 'step');
      const { encode } = await kernel.prepareDropout(count, rate);
      return {
        record(step) {
          const drawn = { buffer: step.uniform(dropoutRandomData(random), 'random') };
          encode(step, { input: data.input, random: drawn, output });
        },
        outputs: [output],
        run: () => kernel.runDropout(input, rate, random),
      };
    }
    default:
      throw new PeerFailure('failed', `elementwise has no ${task.shape.pass}`);
  }
};
