import { compare, compareFlags } from '@csx/bench';
import type { Command } from '../args/command.ts';
import { benchOutput } from './bench-output.ts';

/** `csx bench compare`: the same kernels on other WebGPU implementations, runtimes and adapters. */
export const benchCompare: Command = {
  name: 'csx bench compare',
  summary: 'Set records of the same kernels side by side, as a table and as a page.',
  details: [
    'Only the same work is compared: suite, case, shape, candidate, variant, the hash of our WGSL and the timing method are equal. What is not compared is listed with its reason. Software adapters and GPUs are never ranked together.',
  ],
  examples: [
    ['csx bench compare node.json bun.json', 'a table of ratios with their intervals'],
    ['csx bench compare a.json b.json c.json --baseline 2 --html page.html', 'with plots, beside the second'],
  ],
  positionals: [
    { name: 'RECORD', help: 'files that csx bench --json wrote, two or more', required: true, repeated: true },
  ],
  flags: compareFlags,
  run: ({ flags, positionals, rest }, { terminal }) =>
    compare(flags, [...positionals.values(), ...rest], benchOutput(terminal)),
};
