import { type ConvolutionVariant, createDense, defaultConvolutionVariant } from '@csx/wgsl-kernels';
import { PeerFailure } from '../../worker/peer-failure.ts';
import { floatsOf, type OpenKernel, sizesOf, target, uploaded } from './kernel-run.ts';

export const openDense: OpenKernel = async (session, task) => {
  const { rows, inFeatures, outFeatures } = sizesOf(task, 'rows', 'inFeatures', 'outFeatures');
  const shape = { rows, inFeatures, outFeatures };
  const variant = (task.variant ?? defaultConvolutionVariant(session)) as ConvolutionVariant;
  const kernel = createDense(session, { variant });
  if (task.shape.pass === 'forward') {
    const arrays = await floatsOf(task, 'input', 'filter');
    const { encode } = await kernel.prepareForward(shape, { bias: false });
    const data = uploaded(session, arrays);
    const output = target(session, rows * outFeatures);
    return {
      variant,
      record: (step) => encode(step, { ...data, output }),
      outputs: [output],
      run: () => kernel.runForward(shape, arrays),
    };
  }
  if (task.shape.pass === 'input gradient') {
    const arrays = await floatsOf(task, 'outputGradient', 'filter');
    const { encode } = await kernel.prepareInputGradient(shape);
    const data = uploaded(session, arrays);
    const inputGradient = target(session, rows * inFeatures);
    return {
      variant,
      record: (step) => encode(step, { ...data, inputGradient }),
      outputs: [inputGradient],
      run: () => kernel.runInputGradient(shape, arrays),
    };
  }
  if (task.shape.pass !== 'filter gradient') throw new PeerFailure('failed', `dense has no ${task.shape.pass}`);
  const arrays = await floatsOf(task, 'input', 'outputGradient');
  const { encode } = await kernel.prepareFilterGradient(shape);
  const data = uploaded(session, arrays);
  const filterGradient = target(session, inFeatures * outFeatures);
  return {
    variant,
    record: (step) => encode(step, { ...data, filterGradient }),
    outputs: [filterGradient],
    run: () => kernel.runFilterGradient(shape, arrays),
  };
};
