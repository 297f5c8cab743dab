import { type Binding, bufferUsage, createPlan, createSession, type KernelDevice } from '@csx/wgsl-kernels';
import { copyPartLength, copyParts, copyPeriod } from '../harness/probes.ts';
import { PeerFailure } from '../worker/peer-failure.ts';
import type { About, ProbeTask } from '../worker/protocol.ts';
import type { Opened } from '../worker/serve.ts';
import { arithmeticProbeWgsl, copyProbeWgsl } from './probe.wgsl.ts';
import { residentRuns } from './resident-runs.ts';

/** A probe of the adapter's peaks, as a worker does it. */
export async function openProbe(
  { device }: KernelDevice,
  { variant }: ProbeTask,
): Promise<Omit<Opened, 'about'> & Pick<About, 'variant'>> {
  const session = createSession(device, { poolLimitBytes: 0 });
  const plan = createPlan(session, variant.probe);
  const made: GPUBuffer[] = [];
  const buffer = (length: number): Binding => {
    const size = 4 * length;
    const one = device.createBuffer({ label: variant.probe, size, usage: bufferUsage.storage });
    made.push(one);
    return { buffer: one, size };
  };
  /** Records the probe; gives the parts of its result that are read. */
  async function record(): Promise<
    readonly { readonly buffer: GPUBuffer; readonly offset: number; readonly length: number }[]
  > {
    if (variant.probe === 'arithmetic') {
      const { threads, workgroup } = variant;
      const start = buffer(4);
      device.queue.writeBuffer(start.buffer, 0, Float32Array.of(1, 1, 0, 0));
      const target = buffer(4 * threads);
      const pipeline = await session.pipeline({ label: 'arithmetic probe', code: arithmeticProbeWgsl(variant) });
      plan.dispatch({ label: variant.probe, pipeline, bindings: [start, target], workgroups: threads / workgroup });
      return [{ buffer: target.buffer, offset: 0, length: 4 * threads }];
    }
    if (variant.probe !== 'copy') throw new PeerFailure('unsupported', `${variant.probe} is no probe of an adapter`);
    const { length, workgroup, perThread } = variant;
    const source = buffer(length);
    const pattern = Float32Array.from({ length: copyPeriod }, (_, at) => at);
    for (let at = 0; at < length; at += copyPeriod) {
      device.queue.writeBuffer(source.buffer, 4 * at, pattern, 0, Math.min(copyPeriod, length - at));
    }
    const target = buffer(length);
    const pipeline = await session.pipeline({ label: 'copy probe', code: copyProbeWgsl(variant) });
    plan.dispatch({
      label: variant.probe,
      pipeline,
      bindings: [source, target],
      workgroups: Math.ceil(length / 4 / perThread / workgroup),
    });
    return Array.from({ length: copyParts }, (_, part) => {
      return { buffer: target.buffer, offset: (part * length) / copyParts, length: copyPartLength };
    });
  }
  const parts = await record();
  return {
    async check() {
      const total = parts.reduce((sum, { length }) => sum + length, 0);
      const gathered = buffer(total);
      const [values] = await session.submit('probe', ({ encoder }) => {
        plan.replay(encoder);
        let at = 0;
        for (const { buffer: source, offset, length } of parts) {
          encoder.copyBufferToBuffer(source, 4 * offset, gathered.buffer, 4 * at, 4 * length);
          at += length;
        }
        return [{ buffer: gathered.buffer, bytes: 4 * total }];
      });
      return new Float32Array(values);
    },
    ...residentRuns(device, (encoder) => plan.replay(encoder)),
    async close() {
      session.dispose();
      for (const one of made) one.destroy();
    },
  };
}
