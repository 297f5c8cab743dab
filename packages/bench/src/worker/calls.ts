import process from 'node:process';
import { createInterface } from 'node:readline';
import type { Answer, Call } from './protocol.ts';

/** Has the benchmark's calls answered until stdin ends. (In a page: `browser/page/calls.ts`, by package.json's `browser`.) */
export async function answerCalls(answer: (call: Call) => Promise<Answer>): Promise<void> {
  // Stdout carries the answers; libraries greet on it.
  console.log = console.error;
  console.info = console.error;
  for await (const line of createInterface({ input: process.stdin })) {
    process.stdout.write(`${JSON.stringify(await answer(JSON.parse(line) as Call))}\n`);
  }
  // A lost device or a pool of threads may keep the process alive.
  process.exit(0);
}
