import { createOnnxEngine } from '@csx/core';
import { describeRuntime } from '@csx/core/host';
import { PeerFailure } from '../worker/peer-failure.ts';
import { type Opened, serve } from '../worker/serve.ts';
import { openHead, openTrainingStep } from './training.ts';

await serve(async (task): Promise<Opened> => {
  if (task.kind !== 'training-step' && task.kind !== 'head') {
    throw new PeerFailure('unsupported', `the CPU engine does no ${task.kind}`);
  }
  const { threads } = task;
  const engine = await createOnnxEngine({ threads });
  const opened = task.kind === 'head' ? await openHead(engine, task) : await openTrainingStep(engine, task);
  return {
    ...opened,
    about: () => ({
      versions: { 'onnxruntime-node': describeRuntime().packages['onnxruntime-node'] ?? engine.name },
      device: `CPU, ${threads} threads`,
      wgsl: {},
    }),
  };
});
