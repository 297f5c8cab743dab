import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { BenchRecord } from '../record.ts';
import { PeerFailure } from '../worker/peer-failure.ts';
import type { Answer, Call } from '../worker/protocol.ts';
import type { FromWorker, PageFacts, ToPage } from './page-protocol.ts';

/** The way to a page that is there. */
type Send = (message: ToPage) => void;

/** Told the answers of one worker, and how it ended. */
export type WorkerListener = (event: Answer | PeerFailure) => void;

const gone = () => new PeerFailure('failed', 'its page was closed');
const sameBrowser = (one: PageFacts, other: PageFacts) =>
  isDeepStrictEqual([one.runtime, one.adapter], [other.runtime, other.adapter]);

/** Keeps track of the one page that a run is measured in. One that is reloaded may come back within some time. */
export function createPageHub(returnWithinMs: number) {
  let facts: PageFacts | undefined;
  let present: Send | undefined;
  let lastNumber = 0;
  let nextWorker = 0;
  let abandoned = false;
  let wake: (() => void)[] = [];
  let leave: (() => void) | undefined;
  const listeners = new Map<number, WorkerListener>();
  const arrival = () => new Promise<void>((resolve) => wake.push(resolve));

  /** A page that went away may be reloading: a worker waits for it. Once it has stayed away, none does. */
  async function findPage(): Promise<Send> {
    if (present === undefined && !abandoned) {
      const over = new AbortController();
      const late = sleep(returnWithinMs, undefined, over).catch(() => undefined);
      await Promise.race([arrival(), late]);
      over.abort();
      abandoned = present === undefined;
    }
    if (present === undefined) throw gone();
    return present;
  }

  return {
    /** Waits for the first page; what it knows of where it runs. */
    async firstPage(): Promise<PageFacts> {
      while (facts === undefined || present === undefined) await arrival();
      return facts;
    },

    /** A page says hello: its number, or why it is not wanted. */
    announce(own: PageFacts): number | string {
      if (abandoned) return 'This run is over. Start the command again.';
      if (present !== undefined) return 'Another page is being measured for this run already.';
      if (facts !== undefined && !sameBrowser(own, facts)) {
        return 'This run was begun in another browser or on another adapter.';
      }
      facts = own;
      return ++lastNumber;
    },

    /** Its messages can be sent. What to call when it has gone; undefined where this is not the number given last. */
    connect(number: number, send: Send): (() => void) | undefined {
      if (present !== undefined || number !== lastNumber || abandoned) return undefined;
      present = send;
      for (const resolve of wake) resolve();
      wake = [];
      return () => {
        present = undefined;
        leave?.();
        for (const listener of listeners.values()) listener(gone());
        listeners.clear();
      };
    },

    /** Starts a worker in the page, and tells how to talk to it. Throws PeerFailure where there is no page. */
    async startWorker(script: string, listener: WorkerListener) {
      const send = await findPage();
      const worker = nextWorker++;
      listeners.set(worker, listener);
      send({ kind: 'start', worker, script });
      return {
        send: (call: Call) => send({ kind: 'call', worker, call }),
        stop: () => {
          if (listeners.delete(worker)) send({ kind: 'stop', worker });
        },
      };
    },

    answered({ worker, answer }: FromWorker): void {
      listeners.get(worker)?.('ended' in answer ? new PeerFailure('failed', answer.ended) : answer);
    },

    /** For whoever watches the page. */
    show: (message: Extract<ToPage, { kind: 'progress' | 'result' }>) => present?.(message),

    /** Gives the page the record, and waits until it has it and goes. */
    async finish(record: BenchRecord): Promise<void> {
      if (present === undefined) return;
      const left = new Promise<void>((resolve) => {
        leave = resolve;
      });
      present({ kind: 'finished', record });
      await Promise.race([left, sleep(returnWithinMs, undefined, { ref: false })]);
    },

    get clockStepMs() {
      return facts?.clockStepMs ?? null;
    },
  };
}

export type PageHub = ReturnType<typeof createPageHub>;
