import type { Session } from '../session/session.ts';
import type { Binding, Recorder } from '../session/step.ts';

/**
 * Runs a kernel on plain f32 arrays: uploads `inputs`, records, and reads back `outputs`, given by their lengths. A name
 * that is in both is updated in place.
 */
export async function runArrays<Input extends string, Output extends string>(
  session: Session,
  label: string,
  inputs: Readonly<Record<Input, Float32Array>>,
  outputs: Readonly<Record<Output, number>>,
  encode: (recorder: Recorder, io: Readonly<Record<Input | Output, Binding>>) => void,
): Promise<Record<Output, Float32Array>> {
  const names = Object.keys(outputs) as Output[];
  const results = await session.submit(label, (step) => {
    const buffers: Partial<Record<string, Binding>> = {};
    for (const [name, data] of Object.entries<Float32Array>(inputs)) {
      buffers[name] = { buffer: step.upload(data, `${label}: ${name}`) };
    }
    const bound = (name: Output): Binding => {
      const made = buffers[name] ?? { buffer: step.temporary(outputs[name] * 4, `${label}: ${name}`) };
      buffers[name] = made;
      return made;
    };
    const reads = names.map((name) => ({ buffer: bound(name).buffer, bytes: outputs[name] * 4 }));
    encode(step, buffers as Record<Input | Output, Binding>);
    return reads;
  });
  const arrays = names.map((name, at) => [name, new Float32Array(results[at])] as const);
  return Object.fromEntries(arrays) as Record<Output, Float32Array>;
}
