import { writeFile } from 'node:fs/promises';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { PeerFailure, toPeerFailure } from './peer-failure.ts';
import type { About, Answer, Call, Task } from './protocol.ts';

/** A task made ready. */
export interface Opened {
  /** Does the task once from its start; what came out. */
  check(): Promise<Float32Array>;
  /** Does it `repeats` times and resolves once all is done. */
  run(repeats: number): Promise<void>;
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

  async function answer(call: Call): Promise<unknown> {
    if (call.method === 'open') {
      await opened?.close();
      opened = undefined;
      opened = await peer(call.params);
      return null;
    }
    if (opened === undefined) throw new PeerFailure('failed', `${call.method} before open`);
    if (call.method === 'check') {
      await writeFile(call.params.file, await opened.check());
      return opened.about();
    }
    const { repeats } = call.params;
    const start = performance.now();
    await opened.run(repeats);
    return (performance.now() - start) / repeats;
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
