import { philox4x32Fill } from '../../philox.ts';
import type { Session } from '../../session/session.ts';
import type { OpenedVariant, TunableCase } from '../../tuning/tunable.ts';
import {
  defaultProductVariant,
  isProductVariantPossible,
  type ProductVariant,
  productVariants,
} from '../matrix-product/product-variants.ts';
import type { NearestIo } from './nearest.encode.ts';
import { type NearestShape, nearestCode } from './nearest.plan.ts';
import { nearestShapeClass } from './nearest.shape-class.ts';
import { createNearest } from './nearest.ts';

/** Shapes that stand for their classes: on a GPU large enough to fill it, on a CPU small enough for a second or two. */
function shapesOf(isSoftware: boolean): readonly NearestShape[] {
  const many = isSoftware ? 1024 : 16_384;
  const shapes: NearestShape[] = [];
  for (const n of [512, many]) {
    for (const d of [64, 512]) {
      for (const k of [1, 16]) shapes.push({ n, m: n, d, k, metric: 'squared-l2' });
    }
  }
  return shapes;
}

const dataSeed: readonly [number, number] = [1, 0];

/** Rows spread evenly over [0, 1). */
function rowsOf(stream: number, count: number): Float32Array {
  const words = new Uint32Array(count);
  philox4x32Fill(words, [0, 0, 0, stream], dataSeed);
  return Float32Array.from(words, (word) => word / 2 ** 32);
}

async function open(session: Session, shape: NearestShape, variant: ProductVariant): Promise<OpenedVariant> {
  const { n, m, d, k } = shape;
  const { candidateCount, encode } = await createNearest(session, { variant }).prepare(shape);
  const held: GPUBuffer[] = [];
  const holding = (data: Float32Array, name: string) => {
    const buffer = session.upload(data, `nearest, tuning: ${name}`);
    held.push(buffer);
    return buffer;
  };
  const io: NearestIo = {
    query: holding(rowsOf(0, n * d), 'query'),
    base: holding(rowsOf(1, m * d), 'base'),
    center: holding(new Float32Array(d).fill(0.5), 'center'),
    indices: holding(new Float32Array(n * k), 'indices'),
    distances: holding(new Float32Array(n * k), 'distances'),
    states: holding(new Float32Array(n), 'states'),
    candidates: holding(new Float32Array(n * candidateCount), 'candidates'),
  };
  return {
    async run() {
      await session.submit('nearest, tuning', (step) => {
        encode(step, io);
        return [];
      });
      await session.device.queue.onSubmittedWorkDone();
    },
    close() {
      for (const buffer of held) session.pool.release(buffer);
    },
  };
}

/** What can be chosen of `nearest`: its variants give the same neighbors. */
export function nearestTunables(session: Session): readonly TunableCase[] {
  const own = defaultProductVariant(session);
  const others = productVariants.filter((name) => name !== own && isProductVariantPossible(session, name));
  return shapesOf(session.isSoftware).map((shape) => ({
    kernel: 'nearest',
    shapeClass: nearestShapeClass(shape),
    what: `${shape.n} x ${shape.m} x ${shape.d}, k = ${shape.k}`,
    variants: [own, ...others].map((name) => ({
      name,
      code: nearestCode(session, shape, name),
      open: () => open(session, shape, name),
    })),
  }));
}
