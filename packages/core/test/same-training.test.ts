import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { bundle } from '../../../test/support/bundle.ts';
import { type TrainingOutcome, trainSomeSteps } from './same-training/train-some-steps.ts';

const executable = (name: string) => join(import.meta.dirname, '..', '..', '..', 'node_modules', '.bin', name);
const run = promisify(execFile);

let script: string;
let expected: TrainingOutcome;

beforeAll(async () => {
  script = await bundle(join(import.meta.dirname, 'same-training', 'process-main.ts'), 'same-training.mjs', 'node');
  expected = await trainSomeSteps(2);
});

describe('the same training everywhere: all bits of all weights and momenta', () => {
  const commands: [string, string[], number][] = [
    ['Node, one thread', [process.execPath], 1],
    ['Node, three threads', [process.execPath], 3],
    ['Bun', [executable('bun')], 2],
    ['Deno', [executable('deno'), 'run', '-A'], 2],
  ];
  it.each(commands)('%s', async (_, [file, ...before], threads) => {
    const { stdout } = await run(file as string, [...before, script, String(threads)], { timeout: 100_000 });
    const outcome = JSON.parse(stdout) as TrainingOutcome;
    expect(outcome.engine).toContain('native');
    expect(outcome.hash).toBe(expected.hash);
  });
});
