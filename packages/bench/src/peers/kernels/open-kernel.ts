import {
  createSession,
  InvalidOptionError,
  type KernelDevice,
  LimitExceededError,
  type Session,
  writePadded,
} from '@csx/wgsl-kernels';
import { PeerFailure } from '../../worker/peer-failure.ts';
import type { KernelTask } from '../../worker/protocol.ts';
import type { Opened } from '../../worker/serve.ts';
import { joined } from '../joined.ts';
import { residentRuns } from '../resident-runs.ts';
import { kernels } from './all-kernels.ts';
import type { KernelOutput, KernelRun } from './kernel-run.ts';
import { createReplay } from './replay.ts';

/** What came out, one output behind the other. */
function toFloats(outputs: readonly KernelOutput[], results: readonly ArrayBuffer[]): Float32Array {
  return joined(
    results.map((bytes, at) => (outputs[at].type === 'f32' ? new Float32Array(bytes) : new Uint32Array(bytes))),
  );
}

/** A variant that the device does not run, and data beyond its limits, are no failures of the kernel. */
async function openRun(session: Session, task: KernelTask): Promise<KernelRun> {
  const open = Object.hasOwn(kernels, task.kernel) ? kernels[task.kernel] : undefined;
  if (open === undefined) throw new PeerFailure('unsupported', `there is no kernel ${task.kernel}`);
  try {
    return await open(session, task);
  } catch (error) {
    const isRefusal = error instanceof LimitExceededError || (error instanceof InvalidOptionError && task.variant);
    if (!isRefusal) throw error;
    throw new PeerFailure('unsupported', error.message);
  }
}

/** One kernel by itself, on buffers that stay on the device, and from arrays to arrays. */
export async function openKernel(
  { device }: Pick<KernelDevice, 'device'>,
  task: KernelTask,
): Promise<Omit<Opened, 'about'> & { readonly variant?: string }> {
  const { kernel } = task;
  const session = createSession(device);
  try {
    const { record, outputs, answer, updated = [], run, variant } = await openRun(session, task);
    const replay = createReplay(session, kernel, record);
    return {
      ...(variant !== undefined && { variant }),
      async check() {
        for (const { buffer, values } of updated) writePadded(device, buffer, values);
        const results = await session.submit(kernel, ({ encoder }) => {
          replay(encoder);
          return outputs.map(({ buffer, count }) => ({ buffer, bytes: count * 4 }));
        });
        return answer === undefined ? toFloats(outputs, results) : answer();
      },
      ...residentRuns(device, replay),
      async runEndToEnd(repeats) {
        for (let i = 0; i < repeats; i++) await run();
      },
      close: async () => session.dispose(),
    };
  } catch (error) {
    session.dispose();
    throw error;
  }
}
