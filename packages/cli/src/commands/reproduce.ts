import type { Command } from '../args/command.ts';
import type { Flag } from '../args/flag.ts';
import { reproduceConfigFlags } from '../reproduce/reproduce-settings.ts';
import { machineFlags } from '../settings/machine-flags.ts';

const group = 'This call';

const callFlags: readonly Flag[] = [
  {
    name: 'seeds',
    type: { kind: 'number', integer: true, min: 1, max: 1000 },
    help: 'how many seeds, counted from 0',
    shownDefault: 'default 5',
    group,
  },
  {
    name: 'shard',
    type: { kind: 'text', hint: 'I/N' },
    help: 'do one of N parts of the jobs, counted from 1, and write shard-I-of-N.json in place of the page; csx merge puts the parts together',
    group,
  },
  {
    name: 'out',
    type: { kind: 'text', hint: 'DIR' },
    help: 'directory of reproduce.html and reproduce.json',
    shownDefault: 'default runs/reproduce-EXPERIMENT-NETWORK-WIDTH-RETRAINING',
    group,
  },
  {
    name: 'cache',
    type: { kind: 'text', hint: 'DIR' },
    help: 'directory of trained networks and records, by the hash of what they were made from',
    shownDefault: "default reproduce in csx's cache",
    group,
  },
  {
    name: 'report-only',
    type: { kind: 'boolean' },
    help: 'train nothing: draw what the cache holds, and name what is missing',
    group,
  },
  {
    name: 'dry-run',
    type: { kind: 'boolean' },
    help: 'print the jobs, which of them the cache holds, and the planned work; write nothing',
    group,
  },
  { name: 'json', type: { kind: 'boolean' }, help: 'print one JSON document on stdout', group },
];

/** `csx reproduce`: the paper's experiments, over seeds. */
export const reproduce: Command = {
  name: 'csx reproduce',
  summary: "Do the paper's experiments again over several seeds, and judge its claims.",
  details: [
    'fig1: five class pairs, five arms. fig2: airplane and cat at 3:1, 6:1 and 10:1. fig3: the class pairs, and those that a search finds. class-specific: Algorithm 1 at a threshold of 0.7. ablation: one reading of the paper changed at a time. all: everything.',
    'Networks and records are kept in a cache by the hash of their configuration, so that nothing is trained twice and an interrupted call goes on where it was. The page is written whenever the command ends, with what there is.',
  ],
  examples: [
    ['csx reproduce all --width 0.5', 'everything, with half the channels, after csx data fetch cifar10'],
    ['csx reproduce fig1 --seeds 2 --dry-run', 'what two seeds of figure 1 would take'],
    ['csx reproduce all --preset mini --seeds 2', 'the same on the sample in the package, in a few minutes'],
  ],
  positionals: [
    {
      name: 'EXPERIMENT',
      help: 'fig1, fig2, fig3, class-specific, ablation or all',
      required: true,
      choices: ['fig1', 'fig2', 'fig3', 'class-specific', 'ablation', 'all'],
    },
  ],
  flags: [...callFlags, ...reproduceConfigFlags(), ...machineFlags],
  async run({ flags, positionals }, context) {
    const { executeReproduce } = await import('../reproduce/execute-reproduce.ts');
    await executeReproduce(positionals.get('EXPERIMENT') ?? '', flags, context);
  },
};
