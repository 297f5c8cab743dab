import { bench, benchFlags } from '@csx/bench';
import type { Command } from '../args/command.ts';

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
  async run({ flags }, { terminal }) {
    const { out, err, live } = terminal;
    await bench(flags, {
      out: (text) => out.write(text),
      err: (text) => err.write(text),
      live: live ? { columns: err.columns } : null,
    });
  },
};
