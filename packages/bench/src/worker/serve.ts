import { writeFile } from 'node:fs/promises';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { PeerFailure, toPeerFailure } from './peer-failure.ts';
import type { About, Answer, Call, Checked, Measured, Task } from './protocol.ts';

/** Milliseconds of a whole sample by the device's own clock and the clock's smallest step, or why there are none. */
export type GpuTime = { readonly ms: number; readonly quantumMs: number } | { readonly flag: string };

/** A task made ready. */
export interface Opened {
  /** Does the task once from its start; what came out. */
  check(): Promise<Float32Array>;
  /** Does it `repeats` times, with its inputs where the work is done, and resolves once all is done. */
  run(repeats: number): Promise<void>;
  /** Of the last `run`; asked for once the wall clock has stopped. */
  gpuTime?(): Promise<GpuTime>;
  /** The same from arrays in host memory to results in host memory, where that is something else. */
  runEndToEnd?(repeats: number): Promise<void>;
  /** Asked for after `check`. */
  about(): About;
  close(): Promise<void>;
}

/** A library that can do tasks. Throws PeerFailure for one that it cannot do. */
export type Peer = (task: Task) => Promise<Opened>;

/** Answers the benchmark's calls until its stdin ends. */
export async function serve(peer: Peer): Promise<void> {
  // Stdout carries the answers; libraries greet on it.
  console.log = console.error;
  console.info = console.error;
  let opened: Opened | undefined;
  let openMs = 0;

  async function answer(call: Call): Promise<unknown> {
    if (call.method === 'open') {
      await opened?.close();
      opened = undefined;
      const start = performance.now();
      opened = await peer(call.params);
      openMs = performance.now() - start;
      return null;
    }
    if (opened === undefined) throw new PeerFailure('failed', `${call.method} before open`);
    if (call.method === 'check') {
      const start = performance.now();
      const values = await opened.check();
      const coldMs = openMs + performance.now() - start;
      await writeFile(call.params.file, values);
      return { ...opened.about(), coldMs, hasEndToEnd: opened.runEndToEnd !== undefined } satisfies Checked;
    }
    const { part, repeats } = call.params;
    const run = part === 'warm' ? opened.run : opened.runEndToEnd;
    if (run === undefined) throw new PeerFailure('failed', `it has no part ${part}`);
    const start = performance.now();
    await run.call(opened, repeats);
    const wallMs = (performance.now() - start) / repeats;
    const gpu = part === 'warm' ? await opened.gpuTime?.() : undefined;
    if (gpu === undefined) return { wallMs, gpu: null } satisfies Measured;
    return { wallMs, gpu: 'flag' in gpu ? gpu : { ...gpu, ms: gpu.ms / repeats } } satisfies Measured;
  }

  for await (const line of createInterface({ input: process.stdin })) {
    const call = JSON.parse(line) as Call;
    let reply: Answer;
    try {
      reply = { id: call.id, result: await answer(call) };
    } catch (error) {
      const { status, message } = toPeerFailure(error);
      reply = { id: call.id, failure: { status, reason: message } };
    }
    process.stdout.write(`${JSON.stringify(reply)}\n`);
  }
  // A lost device or a pool of threads may keep the process alive.
  process.exit(0);
}
