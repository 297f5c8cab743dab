import { beforeAll, describe, expect, it } from 'vitest';
import { rowCounts, uniform } from '../../../test/support/cases.ts';
import { testSession } from '../../../test/support/device.ts';
import type { Session } from '../../index.ts';
import { prepareExclusiveScan, scanShapes } from './exclusive-scan.ts';
import type { ExclusiveScanShape } from './exclusive-scan.wgsl.ts';

let session: Session;
beforeAll(async () => {
  session = await testSession();
});

/** The sums before each value, put together from values and carries as a kernel does. */
async function scanned(shape: ExclusiveScanShape, values: Uint32Array): Promise<Uint32Array> {
  const scan = await prepareExclusiveScan(session, shape);
  const [sums, carries] = await session.submit('test', (step) => {
    const buffer = step.upload(values, 'values');
    const { carries, carryCount } = scan.encode(step, buffer, values.length);
    return [
      { buffer, bytes: values.byteLength },
      { buffer: carries, bytes: carryCount * 4 },
    ];
  });
  const before = new Uint32Array(carries);
  return new Uint32Array(sums).map((sum, at) => sum + before[Math.floor(at / scan.block)]);
}

function reference(values: Uint32Array): Uint32Array {
  let sum = 0;
  return values.map((value) => {
    const before = sum;
    sum += value;
    return before;
  });
}

describe('exclusive-scan', () => {
  // Blocks of 8: 1009 values take four levels.
  const shapes = [...Object.values(scanShapes), { lanes: 4, valuesPerLane: 2 }, { lanes: 64, valuesPerLane: 1 }];
  for (const shape of shapes) {
    it(`sums what stands before each value: ${shape.lanes} lanes of ${shape.valuesPerLane}`, async () => {
      for (const n of rowCounts(shape.lanes * shape.valuesPerLane)) {
        if (n === 0) continue;
        const values = Uint32Array.from(uniform(n, n), (u) => Math.floor(u * 1000));
        expect(await scanned(shape, values)).toEqual(reference(values));
      }
    });
  }

  it('is right at 30 000 values, twice the same', async () => {
    const values = Uint32Array.from(uniform(30_000, 1), (u) => Math.floor(u * 1000));
    for (const shape of Object.values(scanShapes)) {
      const sums = await scanned(shape, values);
      expect(sums).toEqual(reference(values));
      expect(await scanned(shape, values)).toEqual(sums);
    }
  });
});
