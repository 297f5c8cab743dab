import { beforeAll, describe, expect, it, vi } from 'vitest';
import { makeMatrix } from '../../test/support/cases.ts';
import { testSession } from '../../test/support/device.ts';
import {
  createClassMeans,
  createExtrapolate,
  createNearest,
  type Matrix,
  type ResidentMatrix,
  type Session,
} from '../index.ts';

let session: Session;
beforeAll(async () => {
  session = await testSession();
});

/** On the device: from a row of a larger matrix on, whose other values are far away. */
function resident(matrix: Matrix, firstRow: number, factor = 1): Matrix {
  const { data, d } = matrix;
  const all = new Float32Array(firstRow * d + data.length).fill(1e4);
  all.set(
    data.map((value) => factor * value),
    firstRow * d,
  );
  const { device } = session;
  return { ...matrix, resident: { device, buffer: session.upload(all, 'resident'), firstRow, data } };
}

async function sentBytes(work: () => Promise<unknown>): Promise<number> {
  const writes = vi.spyOn(session.device.queue, 'writeBuffer');
  await work();
  const sent = writes.mock.calls.reduce((sum, [, , data, , size]) => sum + (size ?? data.byteLength), 0);
  writes.mockRestore();
  return sent;
}

const n = 300;
const d = 67;
const bytes = n * d * 4;
const latents = makeMatrix(n, d, 1);

describe.each([0, 5])('a matrix that lies on the device from row %i on', (firstRow) => {
  it('is not sent, and gives what one gives that is', async () => {
    const there = resident(latents, firstRow);
    const query = makeMatrix(20, d, 2);
    const labels = Uint32Array.from({ length: n }, (_, row) => row % 3);
    const rows = { minorRows: Uint32Array.of(1, 2, 3), majorRows: Uint32Array.of(0, 200, 299) };
    const placement = { kind: 'fixed', minorWeight: 0.25 } as const;
    const kernels = [
      (matrix: Matrix) => createNearest(session).run({ query, base: matrix, k: 3, metric: 'l2' }),
      (matrix: Matrix) => createNearest(session).run({ query: matrix, base: query, k: 1, metric: 'cosine' }),
      (matrix: Matrix) => createClassMeans(session).run({ latents: matrix, labels, classCount: 3 }),
    ];
    for (const run of kernels) {
      const expected = await run(latents);
      const before = await sentBytes(() => run(latents));
      const after = await sentBytes(async () => expect(await run(there)).toEqual(expected));
      expect(before - after).toBe(bytes);
    }
    const extrapolate = (matrix: Matrix) =>
      createExtrapolate(session).run({ latents: matrix, ...rows, placement, pMin: 0.1 });
    const expected = await extrapolate(latents);
    const before = await sentBytes(() => extrapolate(latents));
    const after = await sentBytes(async () => expect(await extrapolate(there)).toEqual(expected));
    // The two rows of each pair.
    expect(before - after).toBe(6 * d * 4);
  });

  it('is read where it lies', async () => {
    const doubled = resident(latents, firstRow, 2);
    const run = (matrix: Matrix) =>
      createClassMeans(session).run({ latents: matrix, labels: new Uint32Array(n), classCount: 1 });
    const { means } = await run(latents);
    expect((await run(doubled)).means.data).toEqual(means.data.map((value) => 2 * value));
  });

  it('is sent where another device has it, or other values', async () => {
    const doubled = resident(latents, firstRow, 2);
    const run = (matrix: Matrix) =>
      createClassMeans(session).run({ latents: matrix, labels: new Uint32Array(n), classCount: 1 });
    const expected = await run(latents);
    const elsewhere = { ...(doubled.resident as ResidentMatrix), device: {} as GPUDevice };
    expect(await run({ ...latents, resident: elsewhere })).toEqual(expected);
    expect(await run({ ...doubled, data: latents.data.slice() })).toEqual(expected);
  });
});
