import type { CandidateName } from '../suites/candidates.ts';
import { startWorker, type Worker, type WorkerCommand } from '../worker/start-worker.ts';

/** One process for each candidate, kept from case to case; one that ended is started anew. */
export function createWorkerPool(commandOf: (name: CandidateName) => WorkerCommand) {
  const workers = new Map<CandidateName, Worker>();
  return {
    get(name: CandidateName): Worker {
      const known = workers.get(name);
      if (known?.alive) return known;
      const worker = startWorker(commandOf(name));
      workers.set(name, worker);
      return worker;
    },
    stopAll(): void {
      for (const worker of workers.values()) worker.stop();
      workers.clear();
    },
  };
}
