import type { HostAdapter } from '@csx/core/host';
import { expect, it } from 'vitest';
import type { BenchRecord } from '../record.ts';
import { PeerFailure } from '../worker/peer-failure.ts';
import { createPageHub } from './page-hub.ts';
import type { PageFacts, ToPage } from './page-protocol.ts';

const facts = (version: string, clockStepMs = 0.005): PageFacts => ({
  runtime: { name: 'Chrome', version, platform: 'linux', cpuName: 'unknown', cpuCount: 2, packages: {} },
  adapter: { name: 'swiftshader' } as HostAdapter,
  clockStepMs,
});

const time = { id: 0, method: 'time', params: { part: 'warm', repeats: 1 } } as const;

it('hands calls to a worker of the page and its answers back', async () => {
  const hub = createPageHub(1000);
  const first = hub.firstPage();
  const number = hub.announce(facts('1'));
  expect(number).toBe(1);
  const sent: ToPage[] = [];
  const left = hub.connect(1, (message) => sent.push(message));
  expect(await first).toEqual(facts('1'));
  expect(hub.clockStepMs).toBe(0.005);
  const events: unknown[] = [];
  const worker = await hub.startWorker('csx-gpu', (event) => events.push(event));
  worker.send(time);
  hub.answered({ worker: 0, answer: { id: 0, result: null } });
  hub.answered({ worker: 0, answer: { ended: 'no memory' } });
  hub.answered({ worker: 7, answer: { id: 0, result: null } });
  left?.();
  expect(events).toEqual([
    { id: 0, result: null },
    new PeerFailure('failed', 'no memory'),
    new PeerFailure('failed', 'its page was closed'),
  ]);
  expect(sent).toEqual([
    { kind: 'start', worker: 0, script: 'csx-gpu' },
    { kind: 'call', worker: 0, call: time },
  ]);
});

it('takes one page at a time, of the first browser, under the number it gave last', async () => {
  const hub = createPageHub(1000);
  expect(hub.announce(facts('1'))).toBe(1);
  expect(hub.connect(2, () => undefined)).toBeUndefined();
  // Opened twice before either connected: the later one is the page.
  expect(hub.announce(facts('1'))).toBe(2);
  expect(hub.connect(1, () => undefined)).toBeUndefined();
  const left = hub.connect(2, () => undefined);
  expect(left).toBeDefined();
  expect(hub.announce(facts('1'))).toMatch(/^Another page/);
  left?.();
  expect(hub.announce(facts('2'))).toMatch(/^This run was begun in another browser/);
  // The clock is measured anew.
  expect(hub.announce(facts('1', 0.006))).toBe(3);
});

it('waits a while for a page that went away, and no more once it stayed away', async () => {
  const hub = createPageHub(300);
  hub.announce(facts('1'));
  hub.connect(1, () => undefined)?.();
  const waiting = hub.startWorker('csx-gpu', () => undefined);
  hub.announce(facts('1'));
  const left = hub.connect(2, () => undefined);
  await waiting;
  left?.();
  await expect(hub.startWorker('csx-gpu', () => undefined)).rejects.toThrow('its page was closed');
  expect(hub.announce(facts('1'))).toMatch(/^This run is over/);
  await expect(hub.startWorker('csx-gpu', () => undefined)).rejects.toThrow('its page was closed');
});

it('waits until the page has the record', async () => {
  const hub = createPageHub(60_000);
  const record = { results: [] } as unknown as BenchRecord;
  // Nobody is there to have it.
  await hub.finish(record);
  hub.announce(facts('1'));
  let left: (() => void) | undefined;
  const sent: ToPage[] = [];
  left = hub.connect(1, (message) => {
    sent.push(message);
    setTimeout(() => left?.(), 10);
  });
  await hub.finish(record);
  expect(sent).toEqual([{ kind: 'finished', record }]);
});
