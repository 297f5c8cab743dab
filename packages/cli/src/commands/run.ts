import type { Command } from '../args/command.ts';
import { configFlags } from '../settings/config-flags.ts';
import { configFileName } from '../settings/layers.ts';
import { callFlags, machineFlags } from '../settings/machine-flags.ts';

const runFlags = configFlags();

/** `csx run`: from images to a report. */
export const run: Command = {
  name: 'csx run',
  summary: 'Train, extrapolate the rare classes, compare, and write a report.',
  details: [
    'Trains a network on an imbalanced set of images, then gives the rare classes synthetic latents in several ways (arms) and compares what each is worth. Presets: mini (the sample in the package, half a minute on two cores), quick (CIFAR-10, a narrow network, some minutes), paper (the paper as it is, over an hour on two cores).',
    `Settings: flags, then CSX_* variables (--p-max is CSX_P_MAX), then ${configFileName} in the working directory, then the preset. Exit codes: 0 done, 1 failure, 2 usage or configuration, 3 no adapter, 4 data missing or corrupt, 5 numeric failure, 130 and 143 signals.`,
  ],
  examples: [
    ['csx run', 'the mini preset, into runs/mini-seed0'],
    [
      'csx run --preset paper --width 0.25 --seed 1',
      "the paper's experiment with a narrow network, after csx data fetch cifar10",
    ],
    ['csx run --arms none,asymmetric --gamma -0.8 --class-pairs cat:dog --dry-run', 'what such a run would do'],
    ['csx run --resume --out runs/mini-seed0 --device cpu', 'go on with an interrupted run, on another device'],
  ],
  positionals: [],
  flags: [
    ...runFlags.filter(({ group }) => group === 'Run'),
    ...callFlags,
    ...machineFlags,
    ...runFlags.filter(({ group }) => group !== 'Run'),
  ],
  async run({ flags }, context) {
    // Parsing and help do not wait for the numeric libraries.
    const { executeRun } = await import('../run/execute-run.ts');
    await executeRun(flags, context);
  },
};
