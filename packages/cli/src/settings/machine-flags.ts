import type { Flag } from '../args/flag.ts';
import { environmentName } from './config-flags.ts';

/** Options of the machine a run happens on; they do not change its result. */
export const machineFlags: readonly Flag[] = [
  {
    name: 'device',
    type: { kind: 'choice', choices: ['auto', 'gpu', 'cpu'] },
    help: 'where the latent work is done; auto takes a hardware adapter if there is one, else the CPU',
    shownDefault: 'default auto',
    environment: environmentName('device'),
    group: 'Machine',
  },
  {
    name: 'adapter',
    type: { kind: 'text', hint: 'NAME' },
    help: 'part of the name of the WebGPU adapter to take; a software one (swiftshader, llvmpipe, or just software) is only taken when named here',
    environment: environmentName('adapter'),
    group: 'Machine',
  },
  {
    name: 'engine',
    type: { kind: 'choice', choices: ['auto', 'gpu', 'cpu'] },
    help: 'where networks are trained; auto takes the GPU where the latent work is done on a hardware adapter, else the CPU',
    shownDefault: 'default auto',
    environment: environmentName('engine'),
    group: 'Machine',
  },
  {
    name: 'threads',
    type: { kind: 'number', integer: true, min: 1, max: 1024 },
    help: 'threads of the training engine on the CPU; the result does not depend on it',
    shownDefault: 'default all cores, up to 16',
    environment: environmentName('threads'),
    group: 'Machine',
  },
  {
    name: 'data',
    type: { kind: 'text', hint: 'DIR' },
    help: 'directory with the official binary files of CIFAR-10, plain, gzipped or as the archive; implies --source cifar10 (CSX_DATA_DIR does not)',
    shownDefault: "default csx data fetch's cache",
    environment: 'CSX_DATA_DIR',
    group: 'Machine',
  },
];

/** Of the commands that end with a record. */
export const tensorboardFlag: Flag = {
  name: 'tensorboard',
  type: { kind: 'boolean' },
  help: 'write event files of epochs and figures into the run, for tensorboard --logdir',
  group: 'This call',
};

/** Options of one call of `csx run`. */
export const callFlags: readonly Flag[] = [
  {
    name: 'out',
    type: { kind: 'text', hint: 'DIR' },
    help: 'directory of the run',
    shownDefault: 'default runs/PRESET-seedSEED',
    group: 'This call',
  },
  {
    name: 'resume',
    type: { kind: 'boolean' },
    help: 'go on with the interrupted run in --out, from its last checkpoint and with its options',
    group: 'This call',
  },
  {
    name: 'force',
    type: { kind: 'boolean' },
    help: 'delete the run in --out first and begin again',
    group: 'This call',
  },
  {
    name: 'dry-run',
    type: { kind: 'boolean' },
    help: 'print the complete configuration, how the open points of the paper are read, and the planned work; write nothing',
    group: 'This call',
  },
  tensorboardFlag,
  {
    name: 'json',
    type: { kind: 'boolean' },
    help: 'print one JSON document on stdout: the record, or the plan with --dry-run',
    group: 'This call',
  },
];
