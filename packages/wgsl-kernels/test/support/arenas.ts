import { expect } from 'vitest';
import { type Binding, bufferUsage, createPlan, type Recorder, type Session } from '../../src/index.ts';

// A NaN that no arithmetic makes.
const poison = 0x7fc0dead;
const alignment = 256;

interface Slot {
  readonly name: string;
  readonly offset: number;
  readonly words: number;
}

/** Slots at offsets that bindings may have, with at least one guard word behind each. */
function layOut(lengths: readonly (readonly [string, number])[]): { slots: readonly Slot[]; bytes: number } {
  let bytes = alignment;
  const slots = lengths.map(([name, words]) => {
    const slot = { name, offset: bytes, words };
    bytes += Math.ceil((words * 4 + 4) / alignment) * alignment;
    return slot;
  });
  return { slots, bytes };
}

/**
 * Runs `encode` as training does: all inputs in one buffer, all outputs in another, each at an offset, recorded into a step
 * and into a plan that is replayed twice. Checks that every output word was written and nothing between the outputs, and
 * that all three gave the same bits. An output given as values starts with them (it is updated in place), one given as a
 * length starts as poison.
 */
export async function encodeInArenas<Input extends string, Output extends string>(
  session: Session,
  inputs: Readonly<Record<Input, Float32Array>>,
  outputs: Readonly<Record<Output, number | Float32Array>>,
  encode: (recorder: Recorder, io: Readonly<Record<Input | Output, Binding>>) => void,
): Promise<Record<Output, Float32Array>> {
  const { device } = session;
  const initial = Object.entries<number | Float32Array>(outputs);
  const lengthOf = (value: number | Float32Array) => (typeof value === 'number' ? value : value.length);
  const read = layOut(Object.entries<Float32Array>(inputs).map(([name, data]) => [name, data.length] as const));
  const written = layOut(initial.map(([name, value]) => [name, lengthOf(value)] as const));
  const makeArena = (bytes: number, label: string) =>
    device.createBuffer({ size: bytes, usage: bufferUsage.storage, label });
  const source = makeArena(read.bytes, 'inputs');
  const target = makeArena(written.bytes, 'outputs');
  for (const { name, offset } of read.slots)
    device.queue.writeBuffer(source, offset, new Float32Array(inputs[name as Input]));
  const bind = (buffer: GPUBuffer, slots: readonly Slot[]) =>
    slots.map(({ name, offset, words }) => [name, { buffer, offset, size: words * 4 }] as const);
  const io = Object.fromEntries([...bind(source, read.slots), ...bind(target, written.slots)]) as Record<
    Input | Output,
    Binding
  >;
  const reset = () => {
    device.queue.writeBuffer(target, 0, new Uint32Array(written.bytes / 4).fill(poison));
    for (const [at, [, value]] of initial.entries()) {
      if (typeof value !== 'number')
        device.queue.writeBuffer(target, written.slots[at].offset, new Float32Array(value));
    }
  };
  const liveBefore = session.pool.stats().liveBytes;
  const submit = async (record: Parameters<Session['submit']>[1]): Promise<Uint32Array> => {
    reset();
    const [bytes] = await session.submit('arenas', (step) => {
      record(step);
      return [{ buffer: target, bytes: written.bytes }];
    });
    return new Uint32Array(bytes);
  };

  const words = await submit((step) => {
    encode(step, io);
    return [];
  });
  let guard = 0;
  for (const { name, offset, words: count } of written.slots) {
    const [start, end] = [offset / 4, offset / 4 + count];
    expect(words.subarray(start, end).indexOf(poison), `${name}: first word that was never written`).toBe(-1);
    const before = words.subarray(guard, start).findIndex((word) => word !== poison);
    expect(before, `first word before ${name} that was written`).toBe(-1);
    guard = end;
  }
  expect(
    words.subarray(guard).findIndex((word) => word !== poison),
    'first word after the end that was written',
  ).toBe(-1);

  const plan = createPlan(session, 'plan');
  encode(plan, io);
  for (const replay of [1, 2]) {
    const again = await submit(({ encoder }) => {
      plan.replay(encoder);
      return [];
    });
    const differs = again.findIndex((word, at) => word !== words[at]);
    expect(differs, `replay ${replay}: first word that differs from the step's`).toBe(-1);
  }
  plan.dispose();
  expect(session.pool.stats().liveBytes, 'bytes that were not given back').toBe(liveBefore);
  source.destroy();
  target.destroy();
  const arrays = written.slots.map(({ name, offset, words: count }) => {
    return [name, new Float32Array(words.buffer, offset, count).slice()] as const;
  });
  return Object.fromEntries(arrays) as Record<Output, Float32Array>;
}
