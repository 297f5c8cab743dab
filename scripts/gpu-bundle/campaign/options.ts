import { resolve } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';

export const stepNames = ['tests', 'bench', 'runs'] as const;
export type StepName = (typeof stepNames)[number];

/** One call of the campaign. */
export interface CampaignOptions {
  /** When this slice ends, in ms since 1970. */
  readonly deadline: number;
  readonly minutes: number;
  readonly out: string;
  /** Runs, checkpoints and the results' first copy. */
  readonly work: string;
  /** The official files of CIFAR-10; undefined: they did not come. */
  readonly data: string | undefined;
  readonly software: boolean;
  readonly seeds: number;
  readonly only: readonly StepName[];
}

/** A mistake in the call; its message is all there is to say. */
export class UsageError extends Error {}

function count(name: string, text: string, whole: boolean): number {
  const value = Number(text);
  if (text.trim() === '' || !(value > 0 && value < 1e4) || (whole && !Number.isInteger(value))) {
    throw new UsageError(`run.sh: --${name} is "${text}", expected a ${whole ? 'whole ' : ''}number above 0`);
  }
  return value;
}

function isStep(name: string): name is StepName {
  return (stepNames as readonly string[]).includes(name);
}

/** Reads the flags of run.sh, and what run.sh found out before it started Node. */
export function parseOptions(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): CampaignOptions {
  let values: Record<string, string | boolean | undefined>;
  try {
    values = parseArgs({
      args: [...args],
      options: {
        minutes: { type: 'string', default: '9' },
        out: { type: 'string', default: 'results' },
        work: { type: 'string' },
        seeds: { type: 'string' },
        only: { type: 'string' },
        software: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    throw new UsageError(`run.sh: ${(error as Error).message.split('\n')[0]}`);
  }
  const software = values.software === true;
  const minutes = count('minutes', String(values.minutes), false);
  const only = values.only === undefined ? [...stepNames] : String(values.only).split(',');
  const unknown = only.find((name) => !isStep(name));
  if (unknown !== undefined) {
    throw new UsageError(`run.sh: --only names "${unknown}", expected some of ${stepNames.join(', ')}`);
  }
  const { CSX_CAMPAIGN_STARTED: started, CSX_CAMPAIGN_DATA: data, CSX_CAMPAIGN_WORK: work } = environment;
  return {
    deadline: Number(started) * 1000 + minutes * 60_000,
    minutes,
    out: resolve(process.cwd(), String(values.out)),
    work: String(work),
    data: data === undefined || data === '' ? undefined : data,
    software,
    seeds: count('seeds', String(values.seeds ?? (software ? 2 : 5)), true),
    only: only.filter(isStep),
  };
}
