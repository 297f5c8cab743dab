import type { Flag } from '../args/flag.ts';
import type { Positional } from '../args/parse-args.ts';

/** The data sets that csx can fetch. */
export const fetchable: Positional = {
  name: 'NAME',
  help: 'cifar10 (the default)',
  required: false,
  choices: ['cifar10'],
};

/** Where the images lie. */
export const directoryFlag: Flag = {
  name: 'data',
  type: { kind: 'text', hint: 'DIR' },
  help: 'directory with the official binary files of CIFAR-10, plain, gzipped or as the archive',
  shownDefault: "default CSX_DATA_DIR, else csx data fetch's cache",
  environment: 'CSX_DATA_DIR',
  group: 'Options',
};
