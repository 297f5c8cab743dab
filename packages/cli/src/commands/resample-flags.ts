import type { Flag } from '../args/flag.ts';
import { deviceFlags } from '../run/open-chosen-ops.ts';
import { outputFlags } from './output-flags.ts';

/** The samplers of core by name; a test holds the two lists together. */
export const methods = [
  'extrapolation',
  'random-oversampling',
  'smote',
  'borderline-smote-1',
  'borderline-smote-2',
  'adasyn',
  'mwmote',
  'ramo',
  'eos',
] as const;

const group = 'Resampling';
const files = 'Files';

/** Options that go to the method as they are, by the names that it has for them. */
export const methodFlags: ReadonlyMap<string, string> = new Map([
  ['seed', 'seed'],
  ['k', 'k'],
  ['arm', 'arm'],
  ['reading', 'reading'],
  ['sample-pairs', 'samplePairs'],
  ['selection-share', 'selectionShare'],
  ['gamma', 'gamma'],
  ['p-max', 'pMax'],
  ['p-min', 'pMin'],
]);

export const resampleFlags: readonly Flag[] = [
  {
    name: 'out',
    short: 'o',
    type: { kind: 'text', hint: 'FILE' },
    help: 'where the rows go; the format is that of its ending',
    group: files,
  },
  {
    name: 'latents',
    type: { kind: 'text', hint: 'NAME' },
    help: 'array or column of the latents, if that is not clear; what the names of their columns begin with',
    group: files,
  },
  {
    name: 'labels',
    type: { kind: 'text', hint: 'NAME' },
    help: 'array or column of the labels, if that is not clear; of an .npy file, the .npy file of its labels',
    group: files,
  },
  {
    name: 'logits',
    type: { kind: 'text', hint: 'FILE' },
    help: 'logits of the rows, for methods that rank them: an .npy file, or FILE.npz:ARRAY',
    group: files,
  },
  {
    name: 'classifier',
    type: { kind: 'text', hint: 'FILE' },
    help: 'linear classifier of the latents, likewise: weight and bias in an .npz or .safetensors file',
    group: files,
  },
  { name: 'force', type: { kind: 'boolean' }, help: 'replace the files of --out', group: files },
  {
    name: 'memory',
    type: { kind: 'text', hint: 'SIZE' },
    help: 'most memory for rows and neighbors, of host and device together; the runtime and buffers of some 250 MiB come on top',
    shownDefault: 'default 1GiB',
    group: files,
  },
  {
    name: 'method',
    type: { kind: 'choice', choices: methods },
    help: 'how rows are made',
    shownDefault: 'default extrapolation',
    group,
  },
  {
    name: 'strategy',
    type: { kind: 'text', hint: 'WHICH' },
    help: 'auto (all but the largest class, up to it), minority, "not minority", all; a ratio for two classes; or CLASS=ROWS,...',
    shownDefault: 'default auto',
    group,
  },
  {
    name: 'seed',
    type: { kind: 'number', integer: true, min: 0, max: 0xffffffff },
    help: 'of all that is drawn',
    shownDefault: 'default 0',
    group,
  },
  {
    name: 'k',
    type: { kind: 'number', integer: true, min: 1, max: 31 },
    help: 'neighbors of smote, borderline-smote, adasyn and eos',
    shownDefault: 'default 5, eos 10',
    group,
  },
  {
    name: 'arm',
    type: { kind: 'choice', choices: ['random', 'top', 'bottom', 'asymmetric'] },
    help: 'extrapolation: which sample pairs are used, and where the new row is put',
    shownDefault: 'default asymmetric',
    group,
  },
  {
    name: 'reading',
    type: { kind: 'choice', choices: ['boundary', 'centroid', 'probability'] },
    help: 'extrapolation, asymmetric: the distances of equation (1)',
    shownDefault: 'default boundary',
    group,
  },
  {
    name: 'sample-pairs',
    type: { kind: 'choice', choices: ['major-anchored', 'minor-anchored'] },
    help: 'extrapolation: whose nearest rows are searched',
    shownDefault: 'default major-anchored',
    group,
  },
  {
    name: 'selection-share',
    type: { kind: 'number', integer: false, above: 0, max: 1 },
    help: 'extrapolation: share of the major rows that is used',
    shownDefault: 'default 0.3',
    group,
  },
  {
    name: 'gamma',
    type: { kind: 'number', integer: false, min: -10, max: 10 },
    help: 'extrapolation, asymmetric: gamma of equation (1)',
    shownDefault: 'default -0.4',
    group,
  },
  {
    name: 'p-max',
    type: { kind: 'number', integer: false, min: 0, max: 10 },
    help: 'extrapolation, asymmetric: Pmax of equation (1)',
    shownDefault: 'default 0.5',
    group,
  },
  {
    name: 'p-min',
    type: { kind: 'number', integer: false, min: 0, max: 1 },
    help: 'extrapolation: least weight of the minor row',
    shownDefault: 'default 0.1',
    group,
  },
  ...deviceFlags,
  ...outputFlags,
];
