import { expect, it } from 'vitest';
import { createCallPace } from './call-pace.ts';

it('a call takes about a second: rows are doubled while it is short, up to the most, and halved when it is long', () => {
  const pace = createCallPace(300);
  let now = performance.now();
  const after = (ms: number) => {
    now += ms;
    pace.took(now);
    return pace.rows();
  };
  expect(pace.rows()).toBe(64);
  expect([after(100), after(100), after(100)]).toEqual([128, 256, 300]);
  expect([after(1000), after(2500), after(1000), after(3000)]).toEqual([300, 150, 150, 75]);
  expect(createCallPace(5).rows()).toBe(5);
  const single = createCallPace(1);
  single.took(performance.now() + 1e6);
  expect(single.rows()).toBe(1);
});
