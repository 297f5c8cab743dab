import { requestAdapter } from '@csx/core/host';
import type { FromWorker, Notice, PageFacts, ToPage, Welcome } from '../page-protocol.ts';
import { clockStep } from './clock-step.ts';
import { describeBrowser, type UserAgentData } from './describe-browser.ts';
import { createView } from './view.ts';
import { createWorkers } from './workers.ts';

const view = createView(document);

function post(room: string, body: PageFacts | FromWorker | Notice): Promise<Response> {
  return fetch(room, { method: 'POST', body: JSON.stringify(body) });
}

/** Where the page runs. Throws AdapterUnavailableError, whose hint says what to do. */
async function lookAround(): Promise<PageFacts> {
  const { device, adapter } = await requestAdapter();
  // Each candidate opens its own.
  device.destroy();
  const { userAgentData } = navigator as { userAgentData?: UserAgentData };
  return { runtime: await describeBrowser(navigator.userAgent, userAgentData), adapter, clockStepMs: clockStep() };
}

function listen(page: number, facts: PageFacts): void {
  const events = new EventSource(`events?page=${page}`);
  const workers = createWorkers((message) => void post('answers', message).catch(() => undefined), view.background);
  let results = 0;
  const onMessage = (message: ToPage) => {
    switch (message.kind) {
      case 'start':
        return workers.start(message.worker, message.script);
      case 'call':
        return void workers.call(message.worker, message.call);
      case 'stop':
        return workers.stop(message.worker);
      case 'progress':
        return view.progress(message.text);
      case 'result':
        results++;
        return view.result(message.result);
      case 'finished':
        events.close();
        return view.finished(message.record);
    }
  };
  events.addEventListener('message', ({ data }: MessageEvent<string>) => onMessage(JSON.parse(data) as ToPage));
  events.addEventListener('error', () => {
    // It would connect again by itself; its workers' calls are lost, though.
    events.close();
    view.problem(
      'The benchmark has ended.',
      results === 0 ? 'Its command gave no result: its terminal says why.' : 'What it measured until then is below.',
    );
  });
  view.facts(facts);
}

async function main(): Promise<void> {
  let facts: PageFacts;
  try {
    facts = await lookAround();
  } catch (error) {
    const { message, hint = message } = error as { message: string; hint?: string };
    view.problem('This browser gives no WebGPU adapter.', `${hint} The benchmark waits: open this address there.`);
    await post('notices', { text: `a browser without a WebGPU adapter opened the page: ${navigator.userAgent}` });
    return;
  }
  const welcome = await post('hello', facts);
  if (!welcome.ok) return view.problem('This page is not measured.', await welcome.text());
  listen(((await welcome.json()) as Welcome).page, facts);
}

await main();
