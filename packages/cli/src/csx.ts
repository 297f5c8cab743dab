import type { CommandGroup } from './args/command.ts';

const data: CommandGroup = {
  name: 'csx data',
  summary: 'Fetch, check and look at the images.',
  commands: new Map([
    [
      'fetch',
      {
        summary: 'Fetch the whole CIFAR-10 into the cache, verified.',
        load: async () => (await import('./commands/data-fetch.ts')).dataFetch,
      },
    ],
    [
      'verify',
      {
        summary: 'Check that a directory holds the official CIFAR-10, byte by byte.',
        load: async () => (await import('./commands/data-verify.ts')).dataVerify,
      },
    ],
    [
      'inspect',
      {
        summary: 'Count images and classes, and measure the channels.',
        load: async () => (await import('./commands/data-inspect.ts')).dataInspect,
      },
    ],
  ]),
};

/** All commands of csx. */
export const csx: CommandGroup = {
  name: 'csx',
  summary: 'Class-specific biased extrapolation in latent space, for imbalanced image classification.',
  commands: new Map([
    [
      'run',
      {
        summary: 'Train, extrapolate the rare classes, compare, and write a report.',
        load: async () => (await import('./commands/run.ts')).run,
      },
    ],
    [
      'reproduce',
      {
        summary: "Do the paper's experiments again over several seeds, and judge its claims.",
        load: async () => (await import('./commands/reproduce.ts')).reproduce,
      },
    ],
    [
      'merge',
      {
        summary: 'Put the shards of csx reproduce together, and judge the claims of the paper.',
        load: async () => (await import('./commands/merge.ts')).merge,
      },
    ],
    [
      'report',
      {
        summary: 'Write the report of a finished run again, and print its table.',
        load: async () => (await import('./commands/report.ts')).report,
      },
    ],
    [
      'export',
      {
        summary: 'Write the training of a tfjs model as ONNX files, for any language.',
        load: async () => (await import('./commands/export.ts')).exportTraining,
      },
    ],
    [
      'pair',
      {
        summary: 'Find the nearest latents of one file for each of another, however large.',
        load: async () => (await import('./commands/pair.ts')).pair,
      },
    ],
    [
      'resample',
      {
        summary: 'Add rows of the rare classes to a file of latents, however large.',
        load: async () => (await import('./commands/resample.ts')).resample,
      },
    ],
    [
      'bench',
      {
        summary: 'Measure the kernels beside other libraries on this machine.',
        load: async () => (await import('./commands/bench.ts')).benchCommand,
      },
    ],
    ['data', { summary: data.summary, load: async () => data }],
    [
      'doctor',
      {
        summary: 'Show what this machine offers, what is missing and how to get it.',
        load: async () => (await import('./commands/doctor.ts')).doctor,
      },
    ],
  ]),
};
