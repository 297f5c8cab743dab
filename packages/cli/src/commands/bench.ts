import { bench, benchFlags } from '@csx/bench';
import type { Command } from '../args/command.ts';
import { benchOutput } from './bench-output.ts';

/** `csx bench`: what the kernels are worth on this machine. */
export const benchCommand: Command = {
  name: 'csx bench',
  summary: 'Measure the kernels beside other libraries on this machine.',
  details: [
    'Every candidate runs in a process of its own: our kernels on the WebGPU adapter and on the CPU, and TensorFlow.js, jax-js, ONNX Runtime and PyTorch where they are installed. Each result is checked before it has a speed; samples are taken in random turns, and ratios come with an interval.',
    'Exit codes: 0 done, 1 a candidate of ours broke, 2 usage, 3 no adapter or a lost one, 5 a wrong result of ours. What another library cannot do is a row with its reason.',
  ],
  examples: [
    ['csx bench --filter nearest', 'the cases whose title contains it'],
    ['csx bench --json record.json --budget 20', 'all of them, quickly, with every sample in a file'],
    ['csx bench --list-adapters', 'what --adapter can name here'],
  ],
  positionals: [],
  flags: benchFlags,
  commands: new Map([
    [
      'compare',
      {
        summary: 'Set records of the same kernels side by side, as a table and as a page.',
        load: async () => (await import('./bench-compare.ts')).benchCompare,
      },
    ],
    [
      'tune',
      {
        summary: 'Measure the variants of the kernels on an adapter, and keep the fastest.',
        load: async () => (await import('./bench-tune.ts')).benchTune,
      },
    ],
  ]),
  run: ({ flags }, { terminal }) => bench(flags, benchOutput(terminal)),
};
