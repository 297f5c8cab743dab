import type { Flag } from '../args/flag.ts';

/** Flags of the commands that print facts. */
export const outputFlags: readonly Flag[] = [
  { name: 'json', type: { kind: 'boolean' }, help: 'print one JSON document on stdout', group: 'Options' },
];
