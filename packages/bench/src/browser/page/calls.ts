import type { Answer, Call } from '../../worker/protocol.ts';

/** Of a dedicated worker's global scope. */
interface WorkerScope {
  postMessage(message: Answer | 'ready'): void;
  onmessage: ((event: { readonly data: Call }) => void) | null;
}

/** Has the calls that the page hands on answered: `worker/calls.ts` of a page. */
export async function answerCalls(answer: (call: Call) => Promise<Answer>): Promise<void> {
  const scope = globalThis as unknown as WorkerScope;
  scope.onmessage = async ({ data }) => scope.postMessage(await answer(data));
  // A call that came before would be lost.
  scope.postMessage('ready');
}
