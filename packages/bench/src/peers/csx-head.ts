import { createLinearSoftmax, createPlan, createSession, type KernelDevice } from '@csx/wgsl-kernels';
import type { HeadTask } from '../worker/protocol.ts';
import type { Opened } from '../worker/serve.ts';
import { readFloats, readWords } from '../worker/task-files.ts';

/** Epochs of the head by the kernel that keeps all of it on the device: what changes from epoch to epoch is the order. */
export async function openGpuHead({ device }: KernelDevice, task: HeadTask): Promise<Omit<Opened, 'about'>> {
  const { n, d, classCount, batchSize, epochs, learningRate, momentum, weightDecay, folder } = task;
  const session = createSession(device);
  const steps = Math.floor(n / batchSize);
  const orders = await readWords(folder, 'orders.u32');
  const start = await readFloats(folder, 'weights.f32');
  const kernelLength = d * classCount;
  const upload = (values: Float32Array | Uint32Array, name: string) => ({ buffer: session.upload(values, name) });

  const weights = upload(start.subarray(0, kernelLength), 'weights');
  const bias = upload(start.subarray(kernelLength), 'bias');
  const weightMomenta = upload(new Float32Array(kernelLength), 'weight momenta');
  const biasMomenta = upload(new Float32Array(classCount), 'bias momenta');
  const order = upload(new Uint32Array(steps * batchSize), 'order');
  const losses = upload(new Float32Array(steps), 'losses');
  const allLosses = upload(new Float32Array(steps * epochs), 'losses of all epochs');

  const plan = createPlan(session, 'head');
  const rate = { buffer: plan.uniform(Float32Array.of(learningRate).buffer, 'learning rate') };
  const { encode } = await createLinearSoftmax(session).prepare({
    ...{ n, d, classCount, batchSize, steps, momentum, weightDecay, nesterov: false },
  });
  encode(plan, {
    latents: upload(await readFloats(folder, 'latents.f32'), 'latents'),
    labels: upload(await readWords(folder, 'labels.u32'), 'labels'),
    learningRate: rate,
    ...{ order, weights, bias, weightMomenta, biasMomenta, losses },
  });

  /** All epochs queued one behind the other; the losses are read once, at the end. */
  async function run(): Promise<Float32Array> {
    for (let epoch = 0; epoch < epochs; epoch++) {
      device.queue.writeBuffer(order.buffer, 0, orders, epoch * n, steps * batchSize);
      const encoder = device.createCommandEncoder();
      plan.replay(encoder);
      encoder.copyBufferToBuffer(losses.buffer, 0, allLosses.buffer, epoch * steps * 4, steps * 4);
      device.queue.submit([encoder.finish()]);
    }
    const bytes = steps * epochs * 4;
    const [read] = await session.submit('losses', () => [{ ...allLosses, bytes }]);
    const values = new Float32Array(read);
    return Float32Array.from({ length: epochs }, (_, epoch) => {
      const own = values.subarray(epoch * steps, (epoch + 1) * steps);
      return own.reduce((sum, loss) => sum + loss, 0) / steps;
    });
  }
  return {
    async check() {
      device.queue.writeBuffer(weights.buffer, 0, start, 0, kernelLength);
      device.queue.writeBuffer(bias.buffer, 0, start, kernelLength, classCount);
      device.queue.writeBuffer(weightMomenta.buffer, 0, new Float32Array(kernelLength));
      device.queue.writeBuffer(biasMomenta.buffer, 0, new Float32Array(classCount));
      return run();
    },
    async run(repeats) {
      for (let i = 0; i < repeats; i++) await run();
    },
    async close() {
      plan.dispose();
      session.dispose();
    },
  };
}
