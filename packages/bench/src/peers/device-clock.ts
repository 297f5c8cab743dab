import type { GpuTime } from '../worker/serve.ts';

/** Samples by the device's own timestamps, of which two are written for each. */
export interface DeviceClock {
  /** Records the time at which all that was recorded before has been done. */
  start(encoder: GPUCommandEncoder): void;
  /** The same, as the sample's end. */
  stop(encoder: GPUCommandEncoder): void;
  /** Milliseconds from `start` to `stop`, once both have been submitted. */
  read(): Promise<GpuTime>;
}

// WebGPU's constants; only browsers have them as globals.
const usage = { mapRead: 0x1, copySource: 0x4, copyTarget: 0x8, queryResolve: 0x200 } as const;
const mapModeRead = 1;
/** Timestamps that are compared to find the clock's step. */
const probeCount = 512;

/** The time between two timestamps in nanoseconds, or why there is none. */
export function elapsed(begin: bigint, end: bigint, quantumNs: number | undefined): GpuTime {
  if (quantumNs === undefined) return { flag: 'its timestamps stand still' };
  if (begin === 0n || end === 0n) return { flag: 'a timestamp was not written' };
  if (end < begin) return { flag: `its timestamps run backwards (by ${begin - end} ns)` };
  return { ms: Number(end - begin) / 1e6, quantumMs: quantumNs / 1e6 };
}

/** Smallest positive difference of neighbors; undefined where there is none. */
export function smallestStep(times: BigUint64Array): number | undefined {
  let least: bigint | undefined;
  for (let at = 1; at < times.length; at++) {
    const step = times[at] - times[at - 1];
    if (times[at] > times[at - 1] && (least === undefined || step < least)) least = step;
  }
  return least === undefined ? undefined : Number(least);
}

/** Queries of timestamps, and a buffer that brings them to host memory. */
function createQueries(device: GPUDevice, count: number) {
  const bytes = 8 * count;
  const set = device.createQuerySet({ label: 'timestamps', type: 'timestamp', count });
  const resolved = device.createBuffer({ size: bytes, usage: usage.queryResolve | usage.copySource });
  const staging = device.createBuffer({ size: bytes, usage: usage.mapRead | usage.copyTarget });
  return {
    // The end of a pass waits for what was recorded before it, which the beginning of one need not do.
    stamp(encoder: GPUCommandEncoder, index: number) {
      encoder.beginComputePass({ timestampWrites: { querySet: set, endOfPassWriteIndex: index } }).end();
    },
    resolve(encoder: GPUCommandEncoder) {
      encoder.resolveQuerySet(set, 0, count, resolved, 0);
      encoder.copyBufferToBuffer(resolved, 0, staging, 0, bytes);
    },
    async read(): Promise<BigUint64Array> {
      await staging.mapAsync(mapModeRead);
      const times = new BigUint64Array(staging.getMappedRange().slice(0));
      staging.unmap();
      return times;
    },
    destroy() {
      set.destroy();
      resolved.destroy();
      staging.destroy();
    },
  };
}

/** Nanoseconds of the clock's smallest step that is seen among many timestamps. */
async function measureQuantum(device: GPUDevice): Promise<number | undefined> {
  const queries = createQueries(device, probeCount);
  const encoder = device.createCommandEncoder();
  for (let index = 0; index < probeCount; index++) queries.stamp(encoder, index);
  queries.resolve(encoder);
  device.queue.submit([encoder.finish()]);
  const step = smallestStep(await queries.read());
  queries.destroy();
  return step;
}

const clocks = new WeakMap<GPUDevice, DeviceClock>();

/** The clock of a device; undefined where it takes no timestamps. */
export function deviceClock(device: GPUDevice): DeviceClock | undefined {
  if (!device.features.has('timestamp-query')) return undefined;
  const known = clocks.get(device);
  if (known !== undefined) return known;
  const queries = createQueries(device, 2);
  let quantum: Promise<number | undefined> | undefined;
  const clock: DeviceClock = {
    start: (encoder) => queries.stamp(encoder, 0),
    stop(encoder) {
      queries.stamp(encoder, 1);
      queries.resolve(encoder);
    },
    async read() {
      const [begin, end] = await queries.read();
      quantum ??= measureQuantum(device);
      return elapsed(begin, end, await quantum);
    },
  };
  clocks.set(device, clock);
  return clock;
}
