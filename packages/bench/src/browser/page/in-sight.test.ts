import { expect, it } from 'vitest';
import { whileInSight } from './in-sight.ts';

/** A document that can be hidden. */
function createSight(hidden: boolean) {
  const listeners = new Set<() => void>();
  return {
    hidden,
    addEventListener: (_: string, listener: () => void) => void listeners.add(listener),
    removeEventListener: (_: string, listener: () => void) => void listeners.delete(listener),
    turn(to: boolean) {
      this.hidden = to;
      for (const listener of [...listeners]) listener();
    },
    listenerCount: () => listeners.size,
  };
}

it('does work once while the page is in sight', async () => {
  const sight = createSight(false);
  const told: boolean[] = [];
  expect(
    await whileInSight(
      sight,
      async () => 'done',
      (is) => told.push(is),
    ),
  ).toBe('done');
  expect(told).toEqual([]);
  expect(sight.listenerCount()).toBe(0);
});

it('waits for the page, and does what was interrupted anew', async () => {
  const sight = createSight(true);
  const told: boolean[] = [];
  let runs = 0;
  const work = async () => {
    runs++;
    if (runs === 1) {
      sight.turn(true);
      sight.turn(false);
    }
    return runs;
  };
  const result = whileInSight(sight, work, (is) => told.push(is));
  await Promise.resolve();
  expect(runs).toBe(0);
  expect(told).toEqual([true]);
  sight.turn(false);
  expect(await result).toBe(2);
  expect(told).toEqual([true, false]);
  expect(sight.listenerCount()).toBe(0);
});

it('lets an error through', async () => {
  const sight = createSight(false);
  const failing = whileInSight(
    sight,
    () => Promise.reject(new Error('lost')),
    () => undefined,
  );
  await expect(failing).rejects.toThrow('lost');
  expect(sight.listenerCount()).toBe(0);
});
