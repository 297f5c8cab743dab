import type { HostDevice } from '@csx/core/host';
import type { About, Task } from '../worker/protocol.ts';
import { type Opened, serve } from '../worker/serve.ts';
import { adapterDevice, dawnVersion, watchShaders } from './adapter-device.ts';

/** A worker whose tasks run on our kernels. A task has a session of its own, which compiles all that it runs. */
export async function serveOwnKernels(
  open: (device: HostDevice, task: Task) => Promise<Omit<Opened, 'about'> & Pick<About, 'variant'>>,
): Promise<void> {
  let watched: ReturnType<typeof watchShaders> | undefined;
  await serve(async (task): Promise<Opened> => {
    const host = await adapterDevice(task);
    watched ??= watchShaders(host.device);
    const shaders = watched;
    shaders.start();
    const { variant, ...opened } = await open(host, task);
    return {
      ...opened,
      about: () => ({
        versions: { webgpu: dawnVersion() },
        device: host.adapter.name,
        wgsl: shaders.hashes(),
        ...(variant !== undefined && { variant }),
      }),
    };
  });
}
