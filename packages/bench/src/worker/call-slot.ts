import { PeerFailure } from './peer-failure.ts';
import type { Answer, Request } from './protocol.ts';

/** The way to a worker, whatever it runs in. */
export interface CallSlotParts {
  send(id: number, request: Request): void;
  /** Ends it at once: it has not answered in time. */
  kill(): void;
}

const callNames: Readonly<Record<Request['method'], string>> = {
  open: 'making it ready',
  check: 'its first run',
  time: 'a run',
};

/** One call at a time to a worker that may end: matches answers, keeps time, and remembers how it ended. */
export function createCallSlot({ send, kill }: CallSlotParts) {
  let ended: PeerFailure | undefined;
  let nextId = 0;
  let waiting: { readonly id: number; settle(answer: Answer | PeerFailure): void } | undefined;

  const end = (failure: PeerFailure) => {
    ended ??= failure;
    waiting?.settle(failure);
  };
  return {
    get alive() {
      return ended === undefined;
    },
    /** The first failure counts; a call that waits is rejected with the one given. */
    end,
    answered(answer: Answer): void {
      if (answer.id === waiting?.id) waiting.settle(answer);
    },
    call(request: Request, limitMs: number): Promise<unknown> {
      if (ended !== undefined) return Promise.reject(ended);
      const id = nextId++;
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          kill();
          end(new PeerFailure('too slow', `${callNames[request.method]} had not ended after ${limitMs / 1000} s`));
        }, limitMs);
        waiting = {
          id,
          settle(answer) {
            clearTimeout(timer);
            waiting = undefined;
            if (answer instanceof PeerFailure) reject(answer);
            else if ('failure' in answer) reject(new PeerFailure(answer.failure.status, answer.failure.reason));
            else resolve(answer.result);
          },
        };
        send(id, request);
      });
    },
  };
}
