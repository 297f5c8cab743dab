import { f32Literal } from '../../wgsl/f32-literal.ts';
import { finiteBitsWgsl } from '../../wgsl/finite-bits.wgsl.ts';
import { linearInvocationWgsl } from '../../wgsl/linear-invocation.wgsl.ts';

export const MOMENTUM_SGD_WORKGROUP = 64;

/** What is compiled into the shader. */
export interface MomentumSgdVariant {
  readonly momentum: number;
  readonly weightDecay: number;
  readonly nesterov: boolean;
  /** Skips the update of a step whose loss is not finite. */
  readonly guarded: boolean;
  /** Elements a lane takes: 4 at once where they divide the count. */
  readonly width: 1 | 4;
}

/** The update of one element or of four, where `decay` is the weight decay of each. */
export function momentumUpdateWgsl(
  { momentum, nesterov }: Pick<MomentumSgdVariant, 'momentum' | 'nesterov'>,
  type: string,
) {
  const m = f32Literal(momentum);
  return /* wgsl */ `
struct Updated { weight: ${type}, momentum: ${type} }
fn momentumUpdate(weight: ${type}, momentum: ${type}, gradient: ${type}, decay: ${type}, learningRate: f32) -> Updated {
  let decayed = gradient + decay * weight;
  let next = ${m} * momentum + decayed;
  return Updated(weight - learningRate * ${nesterov ? `(decayed + ${m} * next)` : 'next'}, next);
}
`;
}

/** One lane an element, or four. */
export function momentumSgdWgsl(variant: MomentumSgdVariant): string {
  const { weightDecay, guarded, width } = variant;
  const type = width === 4 ? 'vec4f' : 'f32';
  const decay = f32Literal(weightDecay);
  return /* wgsl */ `
struct Sizes { count: u32, decayCount: u32 }
@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<uniform> learningRate: f32;
@group(0) @binding(2) var<storage, read_write> weights: array<${type}>;
@group(0) @binding(3) var<storage, read_write> momenta: array<${type}>;
@group(0) @binding(4) var<storage, read> gradients: array<${type}>;
${
  guarded
    ? `@group(0) @binding(5) var<storage, read> totals: array<vec4u>;
@group(0) @binding(6) var<uniform> slot: u32;
${finiteBitsWgsl}`
    : ''
}
${momentumUpdateWgsl(variant, type)}
${linearInvocationWgsl(MOMENTUM_SGD_WORKGROUP)}
  ${guarded ? 'if (!finiteBits(totals[slot].x)) { return; }' : ''}
  let first = id * ${width}u;
  if (first >= sizes.count) { return; }
  let decay = ${
    width === 4
      ? `select(vec4f(), vec4f(${decay}), first + vec4u(0, 1, 2, 3) < vec4u(sizes.decayCount))`
      : `select(0.0, ${decay}, first < sizes.decayCount)`
  };
  let updated = momentumUpdate(weights[id], momenta[id], gradients[id], decay, learningRate);
  weights[id] = updated.weight;
  momenta[id] = updated.momentum;
}
`;
}
