import { type Binding, createConvolution, createPlan, createSession, type KernelDevice } from '@csx/wgsl-kernels';
import type { ConvolutionTask } from '../worker/protocol.ts';
import type { Opened } from '../worker/serve.ts';
import { readFloats } from '../worker/task-files.ts';
import { residentRuns } from './resident-runs.ts';

/** One convolution by our kernels, on buffers that stay on the device. */
export async function openConvolution({ device }: KernelDevice, task: ConvolutionTask): Promise<Omit<Opened, 'about'>> {
  const { batch, size, inChannels, outChannels, folder, pass } = task;
  const session = createSession(device);
  const kernel = createConvolution(session);
  const shape = {
    batch,
    height: size,
    width: size,
    inChannels,
    outChannels,
    size: [3, 3],
    stride: [1, 1],
    padding: [1, 1, 1, 1],
  } as const;
  const upload = async (name: string): Promise<Binding> => {
    const values = await readFloats(folder, `${name}.f32`);
    return { buffer: session.upload(values, name), size: values.byteLength };
  };
  const input = await upload('input');
  const filter = await upload('filter');
  const outputGradient = await upload('outputGradient');
  const result = { forward: outputGradient, 'input gradient': input, 'filter gradient': filter }[pass];
  const bytes = result.size ?? 0;
  const target: Binding = { buffer: session.upload(new Float32Array(bytes / 4), 'result'), size: bytes };

  const plan = createPlan(session, 'convolution');
  if (pass === 'forward') {
    const { encode } = await kernel.prepareForward(shape, { bias: false });
    encode(plan, { input, filter, output: target });
  } else if (pass === 'input gradient') {
    const { encode } = await kernel.prepareInputGradient(shape);
    encode(plan, { outputGradient, filter, inputGradient: target });
  } else {
    const { encode } = await kernel.prepareFilterGradient(shape);
    encode(plan, { input, outputGradient, filterGradient: target });
  }
  return {
    async check() {
      const [values] = await session.submit('check', ({ encoder }) => {
        plan.replay(encoder);
        return [{ buffer: target.buffer, bytes }];
      });
      return new Float32Array(values);
    },
    ...residentRuns(device, (encoder) => plan.replay(encoder)),
    async close() {
      session.dispose();
    },
  };
}
