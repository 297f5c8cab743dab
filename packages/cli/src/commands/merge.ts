import type { Command } from '../args/command.ts';
import { outputFlags } from './output-flags.ts';

/** `csx merge DIR`: the shards of a reproduction become one. */
export const merge: Command = {
  name: 'csx merge',
  summary: 'Put the shards of csx reproduce together, and judge the claims of the paper.',
  details: [
    'Reads every shard-I-of-N.json in DIR. Records of other versions of csx, other settings or other images are refused, and so is a set that is not whole: the shards that are missing are named. The result is that of a call without --shard, times aside.',
  ],
  examples: [['csx merge runs/shards', 'writes reproduce.json and reproduce.html into runs/shards']],
  positionals: [{ name: 'DIR', help: 'directory of the records of all shards', required: true }],
  flags: [
    {
      name: 'out',
      type: { kind: 'text', hint: 'DIR' },
      help: 'directory of reproduce.html and reproduce.json',
      shownDefault: 'default DIR',
      group: 'Options',
    },
    ...outputFlags,
  ],
  async run({ flags, positionals }, context) {
    const { executeMerge } = await import('../reproduce/execute-merge.ts');
    await executeMerge(positionals.get('DIR') ?? '', flags, context);
  },
};
