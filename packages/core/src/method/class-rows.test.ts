import { expect, it } from 'vitest';
import { gatherRows } from './class-rows.ts';

it('gathers rows in the order named; rows without a gap lie where the matrix lies', () => {
  const data = Float32Array.of(0, 1, 10, 11, 20, 21, 30, 31);
  const place = { device: {} as GPUDevice, buffer: {} as GPUBuffer };
  const matrix = { data, n: 4, d: 2, resident: { ...place, firstRow: 7, data } };
  const whole = gatherRows(matrix, Uint32Array.of(1, 2));
  expect(whole).toEqual({ data: Float32Array.of(10, 11, 20, 21), n: 2, d: 2, resident: expect.anything() });
  expect(whole.resident).toEqual({ ...place, firstRow: 8, data: whole.data });
  // Rows of rows.
  expect(gatherRows(whole, Uint32Array.of(1)).resident?.firstRow).toBe(9);
  for (const rows of [[0, 2], [2, 1], [1, 1], []])
    expect(gatherRows(matrix, Uint32Array.from(rows)).resident, `${rows}`).toBeUndefined();
  expect(gatherRows({ data, n: 4, d: 2 }, Uint32Array.of(1, 2)).resident).toBeUndefined();
  const changed = { ...matrix, data: data.map((value) => value + 1) };
  expect(gatherRows(changed, Uint32Array.of(1, 2)).resident).toBeUndefined();
});
