/** Steps that may be queued before the next one has to wait: enough that the device never does. */
const most = 4;

/** Submissions that the device has not finished. */
export class InFlight {
  readonly #queue: GPUQueue;
  readonly #pending: Promise<unknown>[] = [];

  constructor(queue: GPUQueue) {
    this.#queue = queue;
  }

  /** Resolves when there is room for one more. Rejects with the error of a step that failed. */
  async takeNext(): Promise<void> {
    while (this.#pending.length >= most) await this.#pending.shift();
  }

  /** Call it right after the submission. */
  add(accepted: Promise<unknown>): void {
    const finished = Promise.all([accepted, this.#queue.onSubmittedWorkDone()]);
    // Told to whoever waits for it.
    finished.catch(() => undefined);
    this.#pending.push(finished);
  }

  /** Resolves when all is done. */
  async drain(): Promise<void> {
    while (this.#pending.length > 0) await this.#pending.shift();
  }
}
