import type { CandidateName } from '../suites/candidates.ts';
import type { Worker } from '../worker/start-worker.ts';

/** One worker for each candidate, kept from case to case; one that ended is started anew. */
export function createWorkerPool(start: (name: CandidateName) => Worker) {
  const workers = new Map<CandidateName, Worker>();
  return {
    get(name: CandidateName): Worker {
      const known = workers.get(name);
      if (known?.alive) return known;
      const worker = start(name);
      workers.set(name, worker);
      return worker;
    },
    stopAll(): void {
      for (const worker of workers.values()) worker.stop();
      workers.clear();
    },
  };
}
