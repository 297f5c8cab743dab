import { LimitExceededError } from '../../errors.ts';
import { type Matrix, residentOn } from '../../matrix.ts';
import type { Session } from '../../session/session.ts';
import type { Binding, Recorder } from '../../session/step.ts';
import { matrixBuffer } from '../matrix-buffer.ts';
import { uniformData } from '../uniform-data.ts';
import { checkExtrapolate, type ExtrapolateInput, type PlacementSource, placementFactor } from './extrapolate.input.ts';
import { type ExtrapolateShape, extrapolateWgsl, guideCount } from './extrapolate.wgsl.ts';

export interface ExtrapolateOutput {
  /** [p, d]: P * minor + (1 - P) * major. */
  readonly latents: Matrix;
  /** [p]: P, after the clip. */
  readonly minorWeight: Float32Array;
  /** Pairs whose P was clipped. */
  readonly clippedCount: number;
}

/** Numbers of one call, and existing buffers: latents f32 [n, d], rows u32 [p], results blended f32 [p, d] and minorWeight f32 [p]. */
export interface ExtrapolateIo {
  readonly n: number;
  readonly pairCount: number;
  /** gamma * pMax; 0 for `fixed` and `crossing`. */
  readonly factor: number;
  readonly pMin: number;
  /** For `fixed`. */
  readonly fixedWeight?: number;
  /** For `boundary` and `crossing`. */
  readonly bias?: number;
  readonly latents: GPUBuffer;
  readonly minorRows: GPUBuffer;
  readonly majorRows: GPUBuffer;
  readonly blended: GPUBuffer;
  readonly minorWeight: GPUBuffer;
  /** One u32, to which the number of clipped pairs is added: clear it before. */
  readonly clippedCount: GPUBuffer;
  /** `boundary`, `crossing`: the weights, [d]. `centroid`: the means of minor and major. `probability`, `density`: values a pair of minor and major. */
  readonly guides: readonly GPUBuffer[];
}

/** The compiled kernel for one source of P. */
export interface PreparedExtrapolate {
  /** Records it; values must be finite, within +-2^50. */
  encode(recorder: Recorder, io: ExtrapolateIo): void;
}

export interface Extrapolate {
  /** Compiles the kernel for latents of d dimensions. */
  prepare(source: PlacementSource, d: number): Promise<PreparedExtrapolate>;
  /** Uploads the rows that the pairs need, computes and reads back. */
  run(input: ExtrapolateInput): Promise<ExtrapolateOutput>;
}

const sources: readonly PlacementSource[] = ['fixed', 'crossing', 'boundary', 'centroid', 'probability', 'density'];

/**
 * The layout on GPUs: neighboring lanes read neighboring vectors of four, 32 of them a pair, each up to eight vectors of
 * a row, so that many loads are under way at once; more lanes where latents are wider (reckoned, not measured).
 */
export function gpuShape(d: number): ExtrapolateShape {
  let lanes = 1;
  while (lanes < 256 && (lanes < 32 ? 4 : 32) * lanes < d) lanes *= 2;
  return { d, lanes, pairs: Math.max(1, 64 / lanes), rounds: 1, kept: 8 };
}

/**
 * The layout on the CPU: a lane computes a pair, so that the rows of eight are on their way together, nothing is added up
 * over lanes, and all of them read the same value of a guide. A workgroup takes many pairs, since starting one costs as much
 * as blending one. On lavapipe this takes 0.8 to 0.9 of the time of lanes that share a row (measured).
 *
 * What is left there is not bytes: a load of eight lanes is eight loads. Rows are read twice, since keeping them, or writing
 * the loops out, takes up to twice the time (registers spill, and code leaves the cache; measured); so a value costs four
 * loads and a store, where a copy has one of each.
 */
const softwareShape = (d: number): ExtrapolateShape => ({ d, lanes: 1, pairs: 8, rounds: 8, kept: 0 });

const shapeFor = ({ isSoftware }: Session, d: number) => (isSoftware ? softwareShape(d) : gpuShape(d));

function extrapolateSource(source: PlacementSource, shape: ExtrapolateShape) {
  const lanes = shape.lanes === 1 ? 'a lane' : `${shape.lanes} lanes`;
  return { label: `extrapolate: ${source}, ${lanes} a pair`, code: extrapolateWgsl(source, shape) };
}

/** What identifies the kernel's variants in records, for each source of P at d = 512. */
export const extrapolateSources = [gpuShape(512), softwareShape(512)].flatMap((shape) =>
  sources.map((source) => extrapolateSource(source, shape)),
);

/**
 * A new latent on the segment between the two samples of each pair.
 *
 * Formula of `asymmetric` (equation 1), and of the blend of every placement:
 *
 *     P = 0.5 + gamma * pMax * (max(1, dNormal / dAbnormal) - 1)
 *     weight = min(1, max(pMin, P))
 *     blended = weight * minor + (1 - weight) * major
 *
 * dNormal is the distance of the major sample, dAbnormal that of the minor one, by the reading:
 * `boundary` |w . z + b| / |w|, `centroid` Euclidean distance to the own class's mean, `probability`
 * 1 / (1 + exp(logOdds)), `density` the mean neighbor distance given. P = 1 is the minor sample, P = 0
 * the major one: as P falls, the new sample nears the major one. `fixed` takes the P given; `crossing`
 * |f(major)| / (|f(minor)| + |f(major)|), f = w . z + b, where the signs differ, else 0.5.
 *
 * 0/0 is ratio 1. x/0 is the clip value on the side of the sign of gamma * pMax (0: P = 0.5).
 * Latents are [n, d], rows and weights [p], new latents [p, d] in the unit of the latents.
 *
 * Empty input (no pairs): empty results.
 * Deterministic: fixed order of summation; the count is a sum of integers.
 * Error bounds: `minorWeightErrorBounds` and `latentErrorBound`, derived there. P = 1 gives the minor
 * sample, P = 0 the major one, exactly.
 * Throws InvalidInputError for shapes or rows that do not fit, a value of a used row that is not finite
 * or beyond 2^50, or missing boundary, centroids or perPair; InvalidOptionError for an unknown placement
 * or a number out of range; LimitExceededError when one pair does not fit in a binding.
 * Source: the paper's equation (1); method.md, step 6.
 */
export function createExtrapolate(
  session: Session,
  shapeOf: (d: number) => ExtrapolateShape = (d) => shapeFor(session, d),
): Extrapolate {
  async function prepare(source: PlacementSource, d: number): Promise<PreparedExtrapolate> {
    const shape = shapeOf(d);
    const compiled = extrapolateSource(source, shape);
    const pipeline = await session.pipeline(compiled);
    return {
      encode(recorder, io) {
        const bindings = bindingsOf(source, shape, recorder, io);
        const workgroups = Math.ceil(io.pairCount / (shape.pairs * shape.rounds));
        recorder.dispatch({ label: compiled.label, pipeline, bindings, workgroups });
      },
    };
  }

  /** On the device already, and in one binding. */
  const isAtHand = (latents: Matrix) =>
    residentOn(session.device, latents) !== undefined && latents.data.byteLength <= session.maxBindingBytes;

  async function runChunk(input: ExtrapolateInput, source: PlacementSource, first: number, end: number) {
    const pairCount = end - first;
    const { d } = input.latents;
    const gathered = gather(input, first, end, isAtHand(input.latents));
    const { encode } = await prepare(source, d);
    const buffers = await session.submit('extrapolate', (step) => {
      const upload = (data: Float32Array | Uint32Array, name: string) => step.upload(data, `extrapolate: ${name}`);
      const blended = { buffer: step.temporary(pairCount * d * 4, 'extrapolate: blended'), bytes: pairCount * d * 4 };
      const minorWeight = { buffer: step.temporary(pairCount * 4, 'extrapolate: weight'), bytes: pairCount * 4 };
      const clippedCount = { buffer: upload(new Uint32Array(1), 'clipped'), bytes: 4 };
      encode(step, {
        n: gathered.latents.n,
        pairCount,
        factor: placementFactor(input.placement),
        pMin: input.pMin,
        ...(input.placement.kind === 'fixed' && { fixedWeight: input.placement.minorWeight }),
        ...(input.boundary && { bias: input.boundary.bias }),
        latents: matrixBuffer(session, step, gathered.latents, 'extrapolate: latents'),
        minorRows: upload(gathered.minorRows, 'minor rows'),
        majorRows: upload(gathered.majorRows, 'major rows'),
        blended: blended.buffer,
        minorWeight: minorWeight.buffer,
        clippedCount: clippedCount.buffer,
        guides: guidesOf(input, source, first, end).map((data) => upload(data, 'guide')),
      });
      return [blended, minorWeight, clippedCount];
    });
    return {
      blended: new Float32Array(buffers[0]),
      minorWeight: new Float32Array(buffers[1]),
      clippedCount: new Uint32Array(buffers[2])[0],
    };
  }

  return {
    prepare,
    async run(input) {
      const source = checkExtrapolate(input);
      const { d } = input.latents;
      const pairCount = input.minorRows.length;
      const data = new Float32Array(pairCount * d);
      const minorWeight = new Float32Array(pairCount);
      let clippedCount = 0;
      const chunk = pairsPerChunk(d, session.maxBindingBytes);
      for (let first = 0; first < pairCount; first += chunk) {
        const part = await runChunk(input, source, first, Math.min(pairCount, first + chunk));
        data.set(part.blended, first * d);
        minorWeight.set(part.minorWeight, first);
        clippedCount += part.clippedCount;
      }
      return { latents: { data, n: pairCount, d }, minorWeight, clippedCount };
    },
  };
}

function bindingsOf(
  source: PlacementSource,
  { d }: ExtrapolateShape,
  recorder: Recorder,
  io: ExtrapolateIo,
): readonly Binding[] {
  const { n, pairCount, guides, factor, pMin, bias = 0, fixedWeight = 0 } = io;
  const perPair = source === 'probability' || source === 'density';
  const guideBytes = (perPair ? pairCount : d) * 4;
  const params = uniformData([pairCount], [factor, pMin, bias, fixedWeight]);
  return [
    { buffer: recorder.uniform(params, 'extrapolate: params') },
    { buffer: io.latents, size: n * d * 4 },
    { buffer: io.minorRows, size: pairCount * 4 },
    { buffer: io.majorRows, size: pairCount * 4 },
    { buffer: io.blended, size: pairCount * d * 4 },
    { buffer: io.minorWeight, size: pairCount * 4 },
    { buffer: io.clippedCount, size: 4 },
    ...guides.slice(0, guideCount[source]).map((buffer) => ({ buffer, size: guideBytes })),
  ];
}

/** Pairs whose two rows each fit in one binding. */
function pairsPerChunk(d: number, bindingBytes: number): number {
  const pairs = Math.floor(bindingBytes / (2 * d * 4));
  if (pairs === 0) {
    throw new LimitExceededError(
      `extrapolate: a pair of d = ${d} takes ${8 * d} bytes, a binding holds ${bindingBytes}`,
    );
  }
  return pairs;
}

/**
 * The rows that pairs `first` to `end` use. All latents when they are at hand, or that uploads no more, and they fit;
 * otherwise the pairs' own rows, minor ones first.
 */
function gather({ latents, minorRows, majorRows }: ExtrapolateInput, first: number, end: number, atHand: boolean) {
  const { data, n, d } = latents;
  const count = end - first;
  const minor = minorRows.subarray(first, end);
  const major = majorRows.subarray(first, end);
  if (atHand || n <= 2 * count) return { latents, minorRows: minor, majorRows: major };
  const rows = new Float32Array(2 * count * d);
  for (let pair = 0; pair < count; pair++) {
    rows.set(data.subarray(minor[pair] * d, (minor[pair] + 1) * d), pair * d);
    rows.set(data.subarray(major[pair] * d, (major[pair] + 1) * d), (count + pair) * d);
  }
  return {
    latents: { data: rows, n: 2 * count, d },
    minorRows: Uint32Array.from({ length: count }, (_, pair) => pair),
    majorRows: Uint32Array.from({ length: count }, (_, pair) => count + pair),
  };
}

/** The arrays that the source of P reads besides the latents, minor before major. */
function guidesOf(input: ExtrapolateInput, source: PlacementSource, first: number, end: number): Float32Array[] {
  const { boundary, centroids, perPair } = input;
  if ((source === 'boundary' || source === 'crossing') && boundary) return [boundary.weights];
  if (source === 'centroid' && centroids) return [centroids.minor, centroids.major];
  if ((source === 'probability' || source === 'density') && perPair) {
    return [perPair.minor.subarray(first, end), perPair.major.subarray(first, end)];
  }
  return [];
}
