import { InvalidOptionError } from '@csx/wgsl-kernels';
import { parseJson } from '../files/parse-json.ts';
import { type RunConfig, runConfigSchema } from './config.ts';
import type { RunContext } from './run-context.ts';
import { identityFile } from './run-files.ts';

/** What makes a run directory this run's and no other's. */
export interface RunIdentity {
  readonly config: RunConfig;
  readonly dataHashes: Readonly<Record<string, string>>;
  /** ISO 8601 */
  readonly startedAt: string;
  readonly resumedCount: number;
  /** Largest resident memory of the sittings so far: of one that was killed, up to its last checkpoint. */
  readonly peakMemoryBytes: number;
  /**
   * Time of the sittings so far. One that ended, by an error or by the signal, counts in whole; one that was killed up to
   * its last checkpoint, since nobody was left to say how long it went on. What it did after that is done again.
   */
  readonly elapsedMs: number;
}

const encoder = new TextEncoder();

export async function writeIdentity(files: RunContext['files'], identity: RunIdentity): Promise<void> {
  await files.write(identityFile, encoder.encode(`${JSON.stringify(identity, undefined, 2)}\n`));
}

/**
 * Starts a run directory, or takes one up again.
 * @throws InvalidOptionError if there is a run and `resume` is false, or one with other options or data
 * @throws DataFormatError if what marks the run was cut short
 */
export async function openRun(
  context: Pick<RunContext, 'config' | 'dataset' | 'files'>,
  resume: boolean,
): Promise<RunIdentity> {
  const { config, dataset, files } = context;
  const bytes = await files.read(identityFile);
  if (bytes === undefined) {
    const fresh = {
      config,
      dataHashes: dataset.hashes,
      startedAt: new Date().toISOString(),
      resumedCount: 0,
      peakMemoryBytes: 0,
      elapsedMs: 0,
    };
    await writeIdentity(files, fresh);
    return fresh;
  }
  if (!resume) {
    throw new InvalidOptionError(`run: ${files.location} holds a run already`, {
      hint: 'give --resume to go on with it, or another --out',
    });
  }
  const earlier = parseJson(bytes, identityFile) as RunIdentity;
  const differences = differingOptions(
    // Options that are newer than the run have their defaults in it.
    { config: runConfigSchema.safeParse(earlier.config).data ?? earlier.config, data: earlier.dataHashes },
    { config, data: dataset.hashes },
  );
  if (differences.length > 0) {
    throw new InvalidOptionError(`run: ${files.location} holds a run with other options: ${differences.join('; ')}`, {
      hint: 'resume with the same options, or give another --out',
    });
  }
  const resumed = { ...earlier, resumedCount: earlier.resumedCount + 1 };
  await writeIdentity(files, resumed);
  return resumed;
}

/** Where two values of plain data differ: `method.gamma is -0.4 there, -0.8 here`. */
export function differingOptions(there: unknown, here: unknown, path = ''): string[] {
  if (isObject(there) && isObject(here)) {
    const keys = [...new Set([...Object.keys(there), ...Object.keys(here)])];
    return keys.flatMap((key) => differingOptions(there[key], here[key], path === '' ? key : `${path}.${key}`));
  }
  const [a, b] = [there, here].map((value) => JSON.stringify(value) ?? 'not set');
  return a === b ? [] : [`${path} is ${a} there, ${b} here`];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
