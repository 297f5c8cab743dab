import { expect } from 'vitest';
import { type Binding, bufferUsage, createPlan, type Recorder, type Session, type Step } from '../../src/index.ts';

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
 * Runs `encode` as training does: all inputs in one buffer, all outputs in another but for those named in `apart`, each at
 * an offset, recorded into a step and into a plan that is replayed twice. Checks that every output word was written and
 * nothing between the outputs, and that all three gave the same bits. An output given as values starts with them (it is
 * updated in place), one given as a length starts as poison.
 */
export async function encodeInArenas<Input extends string, Output extends string>(
  session: Session,
  inputs: Readonly<Record<Input, Float32Array>>,
  outputs: Readonly<Record<Output, number | Float32Array>>,
  encode: (recorder: Recorder, io: Readonly<Record<Input | Output, Binding>>) => void,
  apart: readonly NoInfer<Output>[] = [],
): Promise<Record<Output, Float32Array>> {
  const { device } = session;
  const io: Record<string, Binding> = {};
  const makeArena = (label: string, lengths: readonly (readonly [string, number])[]) => {
    const { slots, bytes } = layOut(lengths);
    const buffer = device.createBuffer({ size: bytes, usage: bufferUsage.storage, label });
    for (const { name, offset, words } of slots) io[name] = { buffer, offset, size: words * 4 };
    return { buffer, slots, bytes };
  };
  const lengthsOf = (values: readonly (readonly [string, number | Float32Array])[]) =>
    values.map(([name, value]) => [name, typeof value === 'number' ? value : value.length] as const);
  const given = Object.entries<Float32Array>(inputs);
  const source = makeArena('inputs', lengthsOf(given));
  for (const [at, [, data]] of given.entries()) {
    device.queue.writeBuffer(source.buffer, source.slots[at].offset, new Float32Array(data));
  }
  const wanted = Object.entries<number | Float32Array>(outputs);
  const isApart = ([name]: readonly [string, unknown]) => apart.some((other) => other === name);
  const targets = [
    wanted.filter((output) => !isApart(output)),
    ...wanted.filter(isApart).map((output) => [output]),
  ].map((group) => ({ ...makeArena('outputs', lengthsOf(group)), group }));
  const reset = () => {
    for (const { buffer, bytes, slots, group } of targets) {
      device.queue.writeBuffer(buffer, 0, new Uint32Array(bytes / 4).fill(poison));
      for (const [at, [, value]] of group.entries()) {
        if (typeof value !== 'number') device.queue.writeBuffer(buffer, slots[at].offset, new Float32Array(value));
      }
    }
  };
  const liveBefore = session.pool.stats().liveBytes;
  const submit = async (record: (step: Step) => void): Promise<readonly Uint32Array[]> => {
    reset();
    const results = await session.submit('arenas', (step) => {
      record(step);
      return targets.map(({ buffer, bytes }) => ({ buffer, bytes }));
    });
    return results.map((bytes) => new Uint32Array(bytes));
  };

  const first = await submit((step) => encode(step, io as Record<Input | Output, Binding>));
  for (const [at, { slots }] of targets.entries()) {
    const words = first[at];
    let guard = 0;
    for (const { name, offset, words: count } of slots) {
      const [start, end] = [offset / 4, offset / 4 + count];
      expect(words.subarray(start, end).indexOf(poison), `${name}: first word that was never written`).toBe(-1);
      const before = words.subarray(guard, start).findIndex((word) => word !== poison);
      expect(before, `first word before ${name} that was written`).toBe(-1);
      guard = end;
    }
    const behind = words.subarray(guard).findIndex((word) => word !== poison);
    expect(behind, 'first word after the end that was written').toBe(-1);
  }

  const plan = createPlan(session, 'plan');
  encode(plan, io as Record<Input | Output, Binding>);
  for (const replay of [1, 2]) {
    const again = await submit(({ encoder }) => plan.replay(encoder));
    for (const [at, words] of again.entries()) {
      const differs = words.findIndex((word, index) => word !== first[at][index]);
      expect(differs, `replay ${replay}: first word that differs from the step's`).toBe(-1);
    }
  }
  plan.dispose();
  expect(session.pool.stats().liveBytes, 'bytes that were not given back').toBe(liveBefore);
  const arrays = targets.flatMap(({ slots }, at) =>
    slots.map(({ name, offset, words }) => [name, new Float32Array(first[at].buffer, offset, words).slice()] as const),
  );
  for (const { buffer } of [source, ...targets]) buffer.destroy();
  return Object.fromEntries(arrays) as Record<Output, Float32Array>;
}
