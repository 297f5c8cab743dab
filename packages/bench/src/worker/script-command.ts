import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { describeRuntime } from '@csx/core/host';
import type { WorkerCommand } from './start-worker.ts';

const disable = 'disable-dawn-features';
const quantization = 'timestamp_quantization';

/**
 * Flags of Dawn under which timestamps are as fine as the device gives them: it rounds them for web pages. A flag that is
 * given twice counts once, so that toggles which are disabled already stay in one list with this one.
 */
export function dawnFlags(given: string): string {
  const flags = given.split(/\s+/).filter((flag) => flag !== '');
  const lists = flags.filter((flag) => flag.startsWith(`${disable}=`)).map((flag) => flag.slice(disable.length + 1));
  const others = flags.filter((flag) => !flag.startsWith(`${disable}=`));
  return [...others, `${disable}=${[...new Set([...lists.join(',').split(','), quantization])].filter(Boolean)}`].join(
    ' ',
  );
}

/** Those under which the workers of this process run. */
export const workerDawnFlags = () => dawnFlags(process.env.CSX_DAWN_FLAGS ?? '');

/** How to start a script of `peers/`: by the runtime that this process runs on. */
export function ownScript(name: string): WorkerCommand {
  // From `src` (tests) as from `dist`: what runs is the compiled file, since Node 20 reads no types.
  const script = fileURLToPath(new URL(`../../dist/peers/${name}.js`, import.meta.url));
  return {
    command: process.execPath,
    args: describeRuntime().name === 'deno' ? ['run', '-A', script] : [script],
    environment: { CSX_DAWN_FLAGS: workerDawnFlags() },
  };
}
