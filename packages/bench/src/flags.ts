/** An option, as the parser of `csx` takes it. Its own default is set in `benchOptions`; the help shows `shownDefault`. */
export interface BenchFlag {
  /** Kebab-case, without the dashes. */
  readonly name: string;
  readonly type:
    | { readonly kind: 'boolean' }
    | { readonly kind: 'text'; readonly hint: string }
    | { readonly kind: 'number'; readonly integer: boolean; readonly min?: number; readonly above?: number };
  readonly help: string;
  /** Heading of the help text under which it stands. */
  readonly group: string;
  readonly shownDefault?: string;
}

const count = { kind: 'number', integer: true, min: 1 } as const;

/** The options of a benchmark, for every way to start one. */
export const benchFlags: readonly BenchFlag[] = [
  {
    name: 'filter',
    type: { kind: 'text', hint: 'TEXT' },
    help: 'only cases whose title contains it, or one of its parts between bars (rank|select)',
    group: 'What is measured',
  },
  {
    name: 'candidates',
    type: { kind: 'text', hint: 'NAME,...' },
    help: 'only these, by the names in the record, and whatever they are checked against',
    shownDefault: 'default all',
    group: 'What is measured',
  },
  {
    name: 'list',
    type: { kind: 'boolean' },
    help: 'print the cases, measure nothing',
    group: 'What is measured',
  },
  {
    name: 'samples',
    type: count,
    help: 'samples of each candidate',
    shownDefault: 'default 20',
    group: 'What is measured',
  },
  {
    name: 'budget',
    type: { kind: 'number', integer: false, above: 0 },
    help: 'seconds: a slow candidate gets fewer samples, at least 3',
    shownDefault: 'default 120',
    group: 'What is measured',
  },
  {
    name: 'json',
    type: { kind: 'text', hint: 'FILE' },
    help: 'write the record, with every sample; - is stdout, and tables go to stderr',
    group: 'What is written',
  },
  {
    name: 'adapter',
    type: { kind: 'text', hint: 'NAME' },
    help: 'a part of the name of the WebGPU adapter (or dawn or wgpu, where there are two); none measures on the CPU alone',
    shownDefault: "default the implementation's own choice",
    group: 'Machine',
  },
  {
    name: 'list-adapters',
    type: { kind: 'boolean' },
    help: 'print the adapters by the names that --adapter takes, measure nothing',
    group: 'Machine',
  },
  {
    name: 'browser',
    type: { kind: 'boolean' },
    help: 'measure in a browser: prints the address of a page to open in it',
    group: 'Machine',
  },
  {
    name: 'threads',
    type: count,
    help: 'threads of candidates on the CPU',
    shownDefault: 'default all',
    group: 'Machine',
  },
  {
    name: 'python',
    type: { kind: 'text', hint: 'PATH' },
    help: 'the interpreter whose libraries are measured',
    shownDefault: 'default python3',
    group: 'Machine',
  },
];

/** The options of a comparison of records. */
export const compareFlags: readonly BenchFlag[] = [
  {
    name: 'baseline',
    type: count,
    help: 'which of the records the others are compared with',
    shownDefault: 'default 1, the first',
    group: 'Options',
  },
  {
    name: 'html',
    type: { kind: 'text', hint: 'FILE' },
    help: 'write a page with plots and all figures',
    group: 'Options',
  },
  {
    name: 'json',
    type: { kind: 'text', hint: 'FILE' },
    help: 'write the comparison; - is stdout, and the table goes to stderr',
    group: 'Options',
  },
  {
    name: 'notes',
    type: { kind: 'text', hint: 'FILE' },
    help: 'a JSON object with sentences for the page: what one is about -> why it is so',
    group: 'Options',
  },
];

/** The options of the tuner. */
export const tuneFlags: readonly BenchFlag[] = benchFlags.filter(({ name }) => name === 'adapter');

/** Values by name, each of its flag's kind; one that was not given is absent. */
export type BenchFlagValues = ReadonlyMap<string, unknown>;
