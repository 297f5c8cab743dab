import type { HostDevice } from '@csx/core/host';
import type { About, ProbeTask, Task } from '../worker/protocol.ts';
import { type Opened, serve } from '../worker/serve.ts';
import { adapterDevice, watchShaders } from './adapter-device.ts';
import { openProbe } from './probe.ts';

/**
 * A worker whose tasks run on our kernels, and which finds the adapter's peaks. A task has a session of its own, which
 * compiles all that it runs.
 */
export async function serveOwnKernels(
  open: (device: HostDevice, task: Exclude<Task, ProbeTask>) => Promise<Omit<Opened, 'about'> & Pick<About, 'variant'>>,
): Promise<void> {
  let watched: ReturnType<typeof watchShaders> | undefined;
  await serve(async (task): Promise<Opened> => {
    const host = await adapterDevice(task);
    watched ??= watchShaders(host.device);
    const shaders = watched;
    shaders.start();
    const { variant, ...opened } = await (task.kind === 'probe' ? openProbe(host, task) : open(host, task));
    const { name, implementation, implementationVersion } = host.adapter;
    return {
      ...opened,
      about: async () => ({
        versions: { [implementation === 'dawn' ? 'webgpu' : implementation]: implementationVersion },
        device: name,
        wgsl: await shaders.hashes(),
        ...(variant !== undefined && { variant }),
      }),
    };
  });
}
