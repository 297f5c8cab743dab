import type { Opened } from '../worker/serve.ts';
import { deviceDone } from './adapter-device.ts';
import { deviceClock } from './device-clock.ts';

/** Runs of one command buffer: enough that submitting costs little, few enough that the device starts early. */
const runsOfSubmission = 32;

/**
 * Runs of work on buffers that stay on the device, by the wall clock and by the device's own.
 * @param encode records one run; runs follow each other on the same buffers
 */
export function residentRuns(
  device: GPUDevice,
  encode: (encoder: GPUCommandEncoder) => void,
): Required<Pick<Opened, 'run' | 'gpuTime'>> {
  const clock = deviceClock(device);
  return {
    async run(repeats) {
      for (let done = 0; done < repeats; done += runsOfSubmission) {
        const encoder = device.createCommandEncoder();
        if (done === 0) clock?.start(encoder);
        const last = Math.min(repeats, done + runsOfSubmission);
        for (let at = done; at < last; at++) encode(encoder);
        if (last === repeats) clock?.stop(encoder);
        device.queue.submit([encoder.finish()]);
      }
      await deviceDone(device);
    },
    gpuTime: async () => (clock === undefined ? { flag: 'the adapter has no timestamp-query' } : clock.read()),
  };
}
