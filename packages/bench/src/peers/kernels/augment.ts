import { createAugment } from '@csx/wgsl-kernels';
import { floatsOf, type OpenKernel, sizesOf, target, uniformOf, uploaded, wordsOf } from './kernel-run.ts';

export const openAugment: OpenKernel = async (session, task) => {
  const { batch, height, width, channels, shift, seed, purpose, epoch } = sizesOf(
    task,
    ...(['batch', 'height', 'width', 'channels', 'shift', 'seed', 'purpose', 'epoch'] as const),
  );
  const { table } = await floatsOf(task, 'table');
  const { pixels: words, rows } = await wordsOf(task, 'pixels', 'rows');
  const pixels = new Uint8Array(words.buffer, 0, batch * height * width * channels);
  const kernel = createAugment(session);
  const shape = { height, width, channels, flip: true, shift };
  const { encode } = await kernel.prepare({ batch, ...shape });
  const data = uploaded(session, { pixels: words, rows, table });
  const output = target(session, pixels.length);
  return {
    record: (step) =>
      encode(step, { ...data, key: { buffer: step.uniform(uniformOf([seed, purpose, epoch]), 'key') }, output }),
    outputs: [output],
    run: () => kernel.run({ ...shape, pixels, rows, table, key: { seed, purpose, epoch } }),
  };
};
