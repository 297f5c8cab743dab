import { beforeAll, describe, expect, it } from 'vitest';
import { makeMatrix, matrixKinds } from '../../../test/support/cases.ts';
import { testSession } from '../../../test/support/device.ts';
import { poisonedBuffer, readPoisoned } from '../../../test/support/poison.ts';
import type { Session } from '../../index.ts';
import { distanceMetrics } from '../distance-metric.ts';
import { pairwiseDistanceReference } from '../pairwise-distance/pairwise-distance.reference.ts';
import { nearestBounds } from './nearest.bounds.ts';
import { nearestReference } from './nearest.reference.ts';
import { createNearest } from './nearest.ts';

let session: Session;
beforeAll(async () => {
  session = await testSession();
});

const n = 67;
const m = 150;
const k = 2;

describe('nearest.encode on buffers of the caller', () => {
  const cases = distanceMetrics.flatMap((metric) =>
    [matrixKinds[0], matrixKinds[1], matrixKinds[2], matrixKinds[5]].map((kind) => ({
      metric,
      kind,
      name: `${metric}, ${kind.name}`,
    })),
  );

  it.each(cases)('$name: writes all and only its outputs; what it certifies is right', async ({ metric, kind }) => {
    const d = 19;
    const query = makeMatrix(n, d, 1, kind);
    const base = makeMatrix(m, d, 2, kind);
    const prepared = await createNearest(session).prepare({ n, m, d, k, metric });
    const outputs = [n * k, n * k, n, n * prepared.candidateCount].map((words, at) =>
      poisonedBuffer(session, 4 * words, `output ${at}`),
    );
    const results = await readPoisoned(session, outputs, (step) => {
      const [indices, distances, states, candidates] = outputs.map(({ buffer }) => buffer);
      const center = step.upload(base.data.subarray(0, d), 'center');
      const buffers = { query: step.upload(query.data, 'query'), base: step.upload(base.data, 'base'), center };
      prepared.encode(step, { ...buffers, indices, distances, states, candidates });
    });
    const [indices, states, candidates] = [results[0], results[2], results[3]].map((result) => new Uint32Array(result));
    const distances = new Float32Array(results[1]);
    const truth = nearestReference(query, base, k, metric);
    const all = pairwiseDistanceReference(query, base, metric);
    const { relative, root, absolute } = nearestBounds(d, metric);
    for (let row = 0; row < n; row++) {
      const own = [...candidates.subarray(row * prepared.candidateCount, (row + 1) * prepared.candidateCount)];
      for (let at = row * k; at < (row + 1) * k; at++) {
        if (states[row] === 0) expect(indices[at]).toBe(truth.indices[at]);
        if (states[row] < 2) expect(own).toContain(truth.indices[at]);
        // The bound holds for the squared distance, or twice the cosine distance, of the row that was found.
        const toSquared = (value: number) =>
          metric === 'l2' ? value * value : metric === 'cosine' ? 2 * value : value;
        const exact = toSquared(all[row * m + indices[at]]);
        const bound = relative * exact + root * Math.sqrt(exact) + absolute;
        // The root and its square add up to 12 units in the last place for l2.
        expect(Math.abs(toSquared(distances[at]) - exact)).toBeLessThanOrEqual(1.001 * bound + 12 * 2 ** -23 * exact);
      }
    }
  });

  it('certifies nothing where the base holds NaN or a value out of range', async () => {
    const base = makeMatrix(m, 4, 3);
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, 1e30]) {
      for (const metric of distanceMetrics) {
        const prepared = await createNearest(session).prepare({ n: 3, m, d: 4, k, metric });
        const [states] = await session.submit('unsafe', (step) => {
          const temporary = (words: number) => step.temporary(4 * words, 'output');
          const io = {
            query: step.upload(makeMatrix(3, 4, 4).data, 'query'),
            base: step.upload(base.data.with(77, value), 'base'),
            center: step.upload(new Float32Array(4), 'center'),
            indices: temporary(3 * k),
            distances: temporary(3 * k),
            states: temporary(3),
            candidates: temporary(3 * prepared.candidateCount),
          };
          prepared.encode(step, io);
          return [{ buffer: io.states, bytes: 12 }];
        });
        expect([...new Uint32Array(states)], `${metric} ${value}`).toEqual([2, 2, 2]);
      }
    }
  });
});
