import type { Binding, Session, Step } from '@csx/wgsl-kernels';
import { PeerFailure } from '../../worker/peer-failure.ts';
import type { KernelTask } from '../../worker/protocol.ts';
import { readFloats, readWords } from '../../worker/task-files.ts';

/** What a kernel leaves on the device, in the order in which its suite judges it. */
export interface KernelOutput {
  readonly buffer: GPUBuffer;
  readonly count: number;
  /** Whole numbers are judged as f32, too: exact up to 2^24. */
  readonly type: 'f32' | 'u32';
}

/** A kernel made ready on buffers that stay on the device. */
export interface KernelRun {
  readonly variant?: string;
  /** Records one run. */
  record(step: Step): void;
  readonly outputs: readonly KernelOutput[];
  /** What is judged in place of `outputs`, where the host completes what the kernel finds. */
  answer?(): Promise<Float32Array>;
  /** What a run changes of its inputs, and how they are at first. */
  readonly updated?: readonly { readonly buffer: GPUBuffer; readonly values: Float32Array }[];
  /** The same from arrays to arrays. */
  run(): Promise<unknown>;
}

/** Makes a kernel ready for a task; its session lives as long as the task. */
export type OpenKernel = (session: Session, task: KernelTask) => Promise<KernelRun>;

/** Numbers of a task's shape. */
export function sizesOf<Name extends string>({ kernel, shape }: KernelTask, ...names: Name[]): Record<Name, number> {
  const sizes = names.map((name) => {
    const size = shape[name];
    if (typeof size !== 'number') throw new PeerFailure('failed', `${kernel}: the task has no ${name}`);
    return [name, size] as const;
  });
  return Object.fromEntries(sizes) as Record<Name, number>;
}

/** Arrays of a task's folder, by their names. */
async function arraysOf<Name extends string, Values>(
  read: (folder: string, file: string) => Promise<Values>,
  folder: string,
  ending: string,
  names: readonly Name[],
): Promise<Record<Name, Values>> {
  const arrays = names.map(async (name) => [name, await read(folder, `${name}.${ending}`)] as const);
  return Object.fromEntries(await Promise.all(arrays)) as Record<Name, Values>;
}

export const floatsOf = <Name extends string>({ folder }: KernelTask, ...names: Name[]) =>
  arraysOf(readFloats, folder, 'f32', names);
export const wordsOf = <Name extends string>({ folder }: KernelTask, ...names: Name[]) =>
  arraysOf(readWords, folder, 'u32', names);

/** Arrays on the device, by their names. */
export function uploaded<Name extends string>(
  session: Session,
  arrays: Readonly<Record<Name, Float32Array | Uint32Array>>,
): Record<Name, Required<Binding>> {
  const entries = Object.entries<Float32Array | Uint32Array>(arrays).map(([name, values]) => [
    name,
    { buffer: session.upload(values, name), offset: 0, size: values.byteLength },
  ]);
  return Object.fromEntries(entries) as Record<Name, Required<Binding>>;
}

/** A place for results. */
export function target(session: Session, count: number, type: KernelOutput['type'] = 'f32') {
  const buffer = session.upload(new Uint32Array(count), 'target');
  return { buffer, offset: 0, size: count * 4, count, type };
}

/** All values of a binding, as a result. */
export function wholeOf({ buffer, size }: Required<Binding>): KernelOutput {
  return { buffer, count: size / 4, type: 'f32' };
}

/** The bytes of a uniform struct of u32 members, then f32 members. */
export function uniformOf(words: readonly number[], floats: readonly number[] = []): ArrayBuffer {
  const data = new ArrayBuffer(4 * (words.length + floats.length));
  new Uint32Array(data, 0, words.length).set(words);
  new Float32Array(data, 4 * words.length).set(floats);
  return data;
}
