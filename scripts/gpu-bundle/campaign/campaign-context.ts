import type { CampaignOptions } from './options.ts';
import type { Results, StepState } from './results.ts';

/** `campaign/bundle.json`, written when the bundle was made. */
export interface BundleFacts {
  readonly commit: string;
  /** Files that differed from that commit. */
  readonly changedFiles: number;
  readonly node: string;
  readonly testFiles: readonly string[];
}

/** What the steps of the campaign share. */
export interface CampaignContext {
  readonly options: CampaignOptions;
  readonly bundle: BundleFacts;
  readonly results: Results;
  readonly node: string;
  /** The repository's part of the bundle. */
  readonly app: string;
  readonly log: string;
  /** With which Dawn finds the adapter. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Aborted when the campaign itself is told to stop. */
  readonly signal: AbortSignal;
  /** One line for the person who waits. */
  say(line: string): void;
  /** Writes where the step stands into the summary. */
  report(state: StepState, detail: string): void;
}

/** Whether there is time to begin something that needs so many seconds. */
export function hasTime({ options, signal }: CampaignContext, seconds: number): boolean {
  return !signal.aborted && Date.now() + seconds * 1000 < options.deadline;
}
