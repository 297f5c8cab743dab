import { nearestReference } from '@csx/wgsl-kernels';
import { expect, it } from 'vitest';
import { judgeNearest } from './judge-nearest.ts';
import { normalValues } from './random-values.ts';

const [n, m, d] = [40, 50, 8];
const query = { data: normalValues(n * d, 0, 1), n, d };
const base = { data: normalValues(m * d, 0, 2), n: m, d };
const nearest = Float32Array.from(nearestReference(query, base, 1, 'squared-l2').indices);
const second = nearestReference(query, base, 2, 'squared-l2').indices.filter((_, at) => at % 2 === 1);

it('lets nothing differ in ours, also where the reference is wrong', () => {
  expect(judgeNearest({ query, base }, nearest, nearest, 'csx-cpu')).toMatchObject({ error: 0, bound: 0 });
  expect(judgeNearest({ query, base }, nearest.with(3, second[3]), nearest, 'csx-gpu').error).toBe(1);
  const wrong = nearest.with(0, second[0]);
  expect(judgeNearest({ query, base }, wrong, wrong, 'csx-cpu').error).toBe(1);
});

it('lets others take a row that f32 cannot tell from the nearest, and no other', () => {
  const twin = { ...base, data: Float32Array.from([...base.data, ...base.data.subarray(0, d)]), n: m + 1 };
  twin.data[m * d] *= 1 + 2 ** -23;
  const first = { ...query, data: Float32Array.from(base.data.subarray(0, d)), n: 1 };
  const judge = (index: number) =>
    judgeNearest({ query: first, base: twin }, Float32Array.of(index), Float32Array.of(0), 'faiss-cpu');
  for (const [index, isRight] of [
    [0, true],
    [m, true],
    [1, false],
    [-1, false],
    [m + 1, false],
    [0.5, false],
    [Number.NaN, false],
  ] as const) {
    const { error, bound } = judge(index);
    expect(error <= bound, `row ${index}`).toBe(isRight);
  }
  const { error, bound } = judgeNearest({ query, base }, Float32Array.of(0), nearest, 'torch-cpu');
  expect(error <= bound).toBe(false);
});
