import type { CandidateName } from '../suites/candidates.ts';
import { createCallSlot } from '../worker/call-slot.ts';
import { PeerFailure } from '../worker/peer-failure.ts';
import type { Request } from '../worker/protocol.ts';
import type { Worker } from '../worker/start-worker.ts';
import { runsInPage } from './page-candidates.ts';
import type { PageHub } from './page-hub.ts';
import type { PageServer } from './page-server.ts';

/** The same request with addresses in place of paths. */
function inThePage(request: Request, server: PageServer): Request {
  if (request.method === 'open') {
    return { ...request, params: { ...request.params, folder: server.shareFolder(request.params.folder) } };
  }
  if (request.method === 'check') return { ...request, params: { file: server.shareFile(request.params.file) } };
  return request;
}

/** A candidate in a dedicated worker of the page, started at its first call. */
export function startPageWorker(hub: PageHub, server: PageServer, name: CandidateName): Worker {
  let started: Awaited<ReturnType<PageHub['startWorker']>> | undefined;
  const slot = createCallSlot({
    send: (id, request) => started?.send({ id, ...inThePage(request, server) }),
    kill: () => started?.stop(),
  });
  if (!runsInPage(name)) slot.end(new PeerFailure('unsupported', 'it does not run in a page'));
  else if (!server.hasScript(name)) slot.end(new PeerFailure('absent', 'its bundle for pages was not built'));
  return {
    get alive() {
      return slot.alive;
    },
    get clockStepMs() {
      return hub.clockStepMs;
    },
    async call(request, limitMs) {
      if (started === undefined && slot.alive) {
        try {
          started = await hub.startWorker(name, (event) =>
            event instanceof PeerFailure ? slot.end(event) : slot.answered(event),
          );
        } catch (error) {
          if (!(error instanceof PeerFailure)) throw error;
          slot.end(error);
        }
      }
      return slot.call(request, limitMs);
    },
    stop() {
      slot.end(new PeerFailure('failed', 'it was stopped'));
      started?.stop();
    },
  };
}
