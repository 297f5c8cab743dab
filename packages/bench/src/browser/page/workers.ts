import type { Answer, Call } from '../../worker/protocol.ts';
import type { FromWorker } from '../page-protocol.ts';
import { whileInSight } from './in-sight.ts';

interface PageWorker {
  readonly worker: Worker;
  /** Resolves once it listens. */
  readonly ready: Promise<void>;
  /** The answer that is waited for. */
  answered: ((answer: Answer) => void) | undefined;
}

/** The page's dedicated workers, by number: each candidate's device is apart from the others'. */
export function createWorkers(answer: (message: FromWorker) => void, waiting: (is: boolean) => void) {
  const workers = new Map<number, PageWorker>();

  function start(number: number, script: string): void {
    const worker = new Worker(new URL(`scripts/${script}.js`, location.href), { type: 'module', name: script });
    const ready = new Promise<void>((resolve) => {
      worker.addEventListener('message', ({ data }: MessageEvent<Answer | 'ready'>) => {
        if (data === 'ready') resolve();
        else workers.get(number)?.answered?.(data);
      });
    });
    worker.addEventListener('error', ({ message, filename, lineno }) => {
      // What a task throws is its answer; this is a script that does not load, or an error that nothing awaited.
      const where = filename ? ` (${filename.split('/').at(-1)}:${lineno})` : '';
      workers.delete(number);
      worker.terminate();
      answer({
        worker: number,
        answer: { ended: `its worker ended: ${message || 'its script does not load'}${where}` },
      });
    });
    workers.set(number, { worker, ready, answered: undefined });
  }

  async function call(number: number, request: Call): Promise<void> {
    const one = workers.get(number);
    if (one === undefined) return;
    await one.ready;
    const ask = () =>
      new Promise<Answer>((resolve) => {
        one.answered = resolve;
        one.worker.postMessage(request);
      });
    const reply = request.method === 'time' ? await whileInSight(document, ask, waiting) : await ask();
    answer({ worker: number, answer: reply });
  }

  function stop(number: number): void {
    workers.get(number)?.worker.terminate();
    workers.delete(number);
  }
  return { start, call, stop };
}
