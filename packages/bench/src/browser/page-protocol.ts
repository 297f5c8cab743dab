/**
 * How the benchmark talks to a page in a browser, where each candidate is a dedicated worker. The server's messages are
 * server-sent events, the page's are bodies of POST requests. All addresses lie under a token that only the printed one
 * tells. Between worker and benchmark go the calls and answers of `worker/protocol.ts`, in these envelopes.
 */
import type { HostAdapter } from '@csx/core/host';
import type { BenchRecord, CaseResult } from '../record.ts';
import type { Answer, Call } from '../worker/protocol.ts';

/** What the page knows of where it runs. */
export interface PageFacts {
  readonly runtime: BenchRecord['runtime'];
  readonly adapter: HostAdapter;
  /** Smallest step of `performance.now()` that was seen. */
  readonly clockStepMs: number;
}

export type ToPage =
  | { readonly kind: 'start'; readonly worker: number; readonly script: string }
  | { readonly kind: 'call'; readonly worker: number; readonly call: Call }
  | { readonly kind: 'stop'; readonly worker: number }
  | { readonly kind: 'progress'; readonly text: string }
  | { readonly kind: 'result'; readonly result: CaseResult }
  | { readonly kind: 'finished'; readonly record: BenchRecord };

/** POST `answers`: a worker's answer, or how it ended. */
export interface FromWorker {
  readonly worker: number;
  readonly answer: Answer | { readonly ended: string };
}

/** POST `hello`: what it answers is the number under which GET `events?page=` gives the messages. */
export interface Welcome {
  readonly page: number;
}

/** POST `notices`: something that whoever sits at the terminal should know. */
export interface Notice {
  readonly text: string;
}
