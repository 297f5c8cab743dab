import type { BenchRecord, CaseResult } from '../record.ts';
import type { CandidateName } from '../suites/candidates.ts';
import { createPageHub } from './page-hub.ts';
import { startPageServer } from './page-server.ts';
import { startPageWorker } from './start-page-worker.ts';

/** Long enough for a reload. */
const returnWithinMs = 10_000;

/** Measures in a page instead of in processes: serves it, waits for a browser, and has its workers do the tasks. */
export async function openBrowserBench(notice: (text: string) => void) {
  const hub = createPageHub(returnWithinMs);
  const server = await startPageServer(hub, notice);
  return {
    /** What to open in the browser. */
    url: server.url,
    /** Waits for a page that has an adapter. */
    connected: hub.firstPage,
    startWorker: (name: CandidateName) => startPageWorker(hub, server, name),
    progress: (text: string) => hub.show({ kind: 'progress', text }),
    result: (result: CaseResult) => hub.show({ kind: 'result', result }),
    finish: (record: BenchRecord) => hub.finish(record),
    close: server.close,
  };
}
