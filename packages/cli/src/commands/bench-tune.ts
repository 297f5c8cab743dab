import { tune, tuneFlags } from '@csx/bench';
import type { Command } from '../args/command.ts';
import { benchOutput } from './bench-output.ts';

/** `csx bench tune`: which variant of a kernel is the fastest here. */
export const benchTune: Command = {
  name: 'csx bench tune',
  summary: 'Measure the variants of the kernels on an adapter, and keep the fastest.',
  details: [
    'The choice is kept in the cache directory (CSX_CACHE_DIR), for this adapter, its driver, its WebGPU implementation and the code of the kernels; csx run and csx pair take it from there. Results do not depend on it: only kernels whose variants give the same are tuned.',
  ],
  examples: [
    ['csx bench tune', 'on the adapter that is taken by default'],
    ['csx bench tune --adapter nvidia', 'on the one whose name contains it'],
  ],
  positionals: [],
  flags: tuneFlags,
  run: ({ flags }, { terminal }) => tune(flags, benchOutput(terminal)),
};
