import { InvalidInputError, type Matrix } from '@csx/wgsl-kernels';
import type { Split } from '../data/image-set.ts';
import { writeChannelsLast } from '../data/standardize.ts';
import type { NpyArray } from '../files/npy.ts';
import { readNpz, writeNpz } from '../files/npz.ts';
import type { ForwardPass } from '../training/engine.ts';
import type { TrainedBackbone } from './backbone-stage.ts';
import type { ImageRows } from './image-epoch.ts';
import type { RunContext } from './run-context.ts';
import { float64Array, requiredArray } from './train-state-npz.ts';

/** Images of one part of the split in latent space. */
export interface ProjectedPart {
  readonly latents: Matrix;
  /** [n] class indices. */
  readonly labels: Uint32Array;
}

export interface Projection {
  readonly train: ProjectedPart;
  readonly heldOut: ProjectedPart;
  readonly test: ProjectedPart;
  readonly projectionMs: number;
}

/** Part of the result: the latents of every image, for whoever wants to go on from them. */
export const latentsFile = 'latents.npz';
const parts = ['train', 'heldOut', 'test'] as const;
/** Images of one forward pass; more gains nothing and takes memory. */
export const forwardBatch = 64;

/** All images through the trained network, in evaluation mode and without augmentation; from the file if it is there. */
export async function projectImages(
  context: RunContext,
  split: Split,
  table: Float32Array,
  backbone: TrainedBackbone,
): Promise<Projection> {
  const saved = await context.files.read(latentsFile);
  if (saved !== undefined) return readProjection(saved);
  const { dataset, engine, emit } = context;
  const total = split.train.length + split.heldOut.length + split.test.length;
  emit({ kind: 'stage', stage: 'projection', message: `projecting ${total} images into latent space` });
  const start = performance.now();
  const forward = await engine.compileForward(backbone.graph, backbone.state.weights, forwardBatch);
  const projected: Partial<Record<(typeof parts)[number], ProjectedPart>> = {};
  try {
    let done = 0;
    for (const part of parts) {
      const images = part === 'test' ? dataset.test : dataset.train;
      projected[part] = await projectRows(context.signal, forward, { images, rows: split[part], table }, (count) => {
        done += count;
        emit({ kind: 'progress', stage: 'projection', done, total, unit: 'images' });
      });
    }
  } finally {
    await forward.dispose();
  }
  const projection = {
    ...(projected as Record<(typeof parts)[number], ProjectedPart>),
    projectionMs: performance.now() - start,
  };
  await context.checkpoint(latentsFile, writeProjection(projection));
  return projection;
}

/**
 * Images in latent space, with their labels.
 * @param onRows told how many more are done
 * @throws the signal's reason between two batches
 */
export async function projectRows(
  signal: RunContext['signal'],
  forward: ForwardPass,
  { images, rows, table }: ImageRows,
  onRows: (count: number) => void = () => undefined,
): Promise<ProjectedPart> {
  const n = rows.length;
  const input = new Float32Array(forward.batchSize * images.height * images.width * images.channels);
  let latents = new Float32Array(0);
  let d = 0;
  for (let from = 0; from < n; from += forward.batchSize) {
    signal?.throwIfAborted();
    const batch = rows.subarray(from, Math.min(n, from + forward.batchSize));
    writeChannelsLast({ images, rows: batch, table }, input);
    const result = await forward.run(input, batch.length);
    if (d === 0) {
      d = result.latents.length / batch.length;
      latents = new Float32Array(n * d);
    }
    latents.set(result.latents, from * d);
    onRows(batch.length);
  }
  return { latents: { data: latents, n, d }, labels: Uint32Array.from(rows, (row) => images.labels[row]) };
}

function writeProjection(projection: Projection): Uint8Array {
  const arrays: Record<string, NpyArray> = { projectionMs: float64Array([projection.projectionMs]) };
  for (const part of parts) {
    const { latents, labels } = projection[part];
    arrays[part] = { dtype: 'float32', shape: [latents.n, latents.d], data: latents.data as Float32Array<ArrayBuffer> };
    arrays[`${part}Labels`] = { dtype: 'uint32', shape: [latents.n], data: labels as Uint32Array<ArrayBuffer> };
  }
  return writeNpz(arrays);
}

function readProjection(bytes: Uint8Array): Projection {
  const arrays = readNpz(bytes, latentsFile);
  const part = (name: (typeof parts)[number]): ProjectedPart => {
    const array = arrays.get(name);
    const [n, d] = array?.shape ?? [];
    if (n === undefined || d === undefined) throw new InvalidInputError(`${latentsFile}: no matrix ${name}`);
    return {
      latents: { data: requiredArray(arrays, name, latentsFile) as Float32Array, n, d },
      labels: requiredArray(arrays, `${name}Labels`, latentsFile) as Uint32Array,
    };
  };
  return {
    train: part('train'),
    heldOut: part('heldOut'),
    test: part('test'),
    projectionMs: requiredArray(arrays, 'projectionMs', latentsFile)[0] as number,
  };
}
