import { answerCalls } from './calls.ts';
import { PeerFailure, toPeerFailure } from './peer-failure.ts';
import type { About, Call, Checked, Measured, Task } from './protocol.ts';
import { writeResult } from './task-files.ts';

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
  about(): About | Promise<About>;
  close(): Promise<void>;
}

/** A library that can do tasks. Throws PeerFailure for one that it cannot do. */
export type Peer = (task: Task) => Promise<Opened>;

/** Answers the benchmark's calls. */
export async function serve(peer: Peer): Promise<void> {
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
      await writeResult(call.params.file, values);
      return { ...(await opened.about()), coldMs, hasEndToEnd: opened.runEndToEnd !== undefined } satisfies Checked;
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

  await answerCalls(async (call) => {
    try {
      return { id: call.id, result: await answer(call) };
    } catch (error) {
      const { status, message } = toPeerFailure(error);
      return { id: call.id, failure: { status, reason: message } };
    }
  });
}
