import { createPlan, type Session, type Step } from '@csx/wgsl-kernels';
import { PeerFailure } from '../../worker/peer-failure.ts';

/**
 * One run of a kernel, recorded once. Each call of what is returned puts it into an encoder again: what the kernel uploads
 * with every run comes by copies on the device, so that what a run changed is as it was.
 */
export function createReplay(
  session: Session,
  label: string,
  record: (step: Step) => void,
): (encoder: GPUCommandEncoder) => void {
  const plan = createPlan(session, label);
  const copies: { readonly from: GPUBuffer; readonly to: GPUBuffer; readonly bytes: number }[] = [];
  record({
    temporary: plan.temporary,
    uniform: plan.uniform,
    dispatch: plan.dispatch,
    upload(data, name) {
      const to = plan.temporary(data.byteLength, name);
      const bytes = Math.ceil(data.byteLength / 4) * 4;
      if (bytes > 0) copies.push({ from: session.upload(data, name), to, bytes });
      return to;
    },
    get encoder(): GPUCommandEncoder {
      throw new PeerFailure('failed', `${label} records more than dispatches`);
    },
  });
  return (encoder) => {
    for (const { from, to, bytes } of copies) encoder.copyBufferToBuffer(from, 0, to, 0, bytes);
    plan.replay(encoder);
  };
}
