import { f32Literal } from '../../wgsl/f32-literal.ts';
import { finiteBitsWgsl } from '../../wgsl/finite-bits.wgsl.ts';
import type { RowLoss } from './row-loss.ts';

/** Below it, -log(1 - q) is summed up as a series: the logarithm would lose the digits of a small q. */
export const seriesBelow = 2 ** -5;

interface RowNames {
  /** The bits of [rows, c] f32; one buffer with `gradient` where it works in place. */
  readonly logits: string;
  readonly gradient: string;
  /** The target is `own` at the label and `elsewhere` at every class, the label included. */
  readonly own: string;
  readonly elsewhere: string;
}

/**
 * `crossEntropyOfRow(row, label, scale) -> RowLoss`: the loss of one row of `logits`, and scale * its gradient by them
 * written to `gradient`. Exponents are clamped to [-104, 0], where WGSL's exp is accurate; e^-104 is below the smallest
 * f32. All terms of the loss are >= 0. With offsets or a scale, the logits that are trained stand in the gradient's place
 * until the gradient does, so that all loops see the same bits; the class that counts is still that of the logits given.
 */
export function crossEntropyOfRowWgsl(
  classCount: number,
  names: RowNames,
  { classOffsets, logitScale, focalGamma }: RowLoss,
): string {
  const { logits, gradient, own, elsewhere } = names;
  const isAdjusted = classOffsets || logitScale !== 1;
  const trained = isAdjusted ? gradient : logits;
  const slope = logitScale === 1 ? 'scale' : `scale * ${f32Literal(logitScale)}`;
  return /* wgsl */ `
${finiteBitsWgsl}
struct RowLoss { loss: f32, correct: bool, finite: bool }
fn crossEntropyOfRow(row: u32, label: u32, scale: f32) -> RowLoss {
  let start = row * ${classCount}u;
  var largest = bitcast<f32>(${logits}[start]);
  var best = 0u;
  var finite = true;
  for (var j = 0u; j < ${classCount}u; j++) {
    let bits = ${logits}[start + j];
    let z = bitcast<f32>(bits);
    finite = finite && finiteBits(bits);
    if (z > largest) { largest = z; best = j; }
  }
  ${isAdjusted ? adjustedWgsl(classCount, { logits, gradient }, { classOffsets, logitScale }) : ''}
  ${
    focalGamma > 0
      ? focalWgsl(classCount, { trained, gradient, slope }, focalGamma)
      : crossEntropyWgsl(classCount, { trained, gradient, slope, own, elsewhere })
  }
  return RowLoss(loss, best == label, finite && finiteBits(bitcast<u32>(loss)));
}
`;
}

function adjustedWgsl(
  classCount: number,
  { logits, gradient }: Pick<RowNames, 'logits' | 'gradient'>,
  { classOffsets, logitScale }: Pick<RowLoss, 'classOffsets' | 'logitScale'>,
): string {
  const z = `bitcast<f32>(${logits}[start + j])`;
  const offset = classOffsets
    ? `(${z} + classOffsets[j]) - select(0.0, classOffsets[${classCount}u + label], j == label)`
    : z;
  return /* wgsl */ `
  for (var j = 0u; j < ${classCount}u; j++) {
    let z = ${f32Literal(logitScale)} * (${offset});
    if (j == 0u || z > largest) { largest = z; }
    ${gradient}[start + j] = bitcast<u32>(z);
  }`;
}

interface TrainedNames {
  readonly trained: string;
  readonly gradient: string;
  readonly slope: string;
}

function crossEntropyWgsl(
  classCount: number,
  { trained, gradient, slope, own, elsewhere }: TrainedNames & Pick<RowNames, 'own' | 'elsewhere'>,
): string {
  return /* wgsl */ `
  var sum = 0.0;
  var falls = 0.0;
  for (var j = 0u; j < ${classCount}u; j++) {
    let t = bitcast<f32>(${trained}[start + j]) - largest;
    sum += exp(max(t, -104.0));
    falls -= t;
  }
  let fall = largest - bitcast<f32>(${trained}[start + label]);
  for (var j = 0u; j < ${classCount}u; j++) {
    let t = bitcast<f32>(${trained}[start + j]) - largest;
    let wanted = select(${elsewhere}, ${own} + ${elsewhere}, j == label);
    ${gradient}[start + j] = bitcast<u32>(${slope} * (exp(max(t, -104.0)) / sum - wanted));
  }
  let loss = log(sum) + (${own} * fall + ${elsewhere} * falls);`;
}

/**
 * q = 1 - p is added up from the other classes, so that it keeps its digits where p is almost 1, and so does the ratio of
 * -log p and q, which is 1 there.
 */
function focalWgsl(classCount: number, { trained, gradient, slope }: TrainedNames, gamma: number): string {
  const threshold = f32Literal(seriesBelow);
  return /* wgsl */ `
  var others = 0.0;
  for (var j = 0u; j < ${classCount}u; j++) {
    let e = exp(max(bitcast<f32>(${trained}[start + j]) - largest, -104.0));
    others += select(e, 0.0, j == label);
  }
  let fall = largest - bitcast<f32>(${trained}[start + label]);
  let ownExp = exp(max(-fall, -104.0));
  let sum = ownExp + others;
  let q = others / sum;
  let series = 1.0 + q * (0.5 + q * (${f32Literal(1 / 3)} + q * (0.25 + q * ${f32Literal(0.2)})));
  let entropy = select(log(sum) + fall, q * series, q < ${threshold});
  let ratio = select(entropy / max(q, ${threshold}), series, q < ${threshold});
  let power = select(0.0, pow(q, ${f32Literal(gamma)}), q > 0.0);
  let factor = power * (1.0 + ${f32Literal(gamma)} * (ownExp / sum) * ratio);
  for (var j = 0u; j < ${classCount}u; j++) {
    let p = exp(max(bitcast<f32>(${trained}[start + j]) - largest, -104.0)) / sum;
    ${gradient}[start + j] = bitcast<u32>(${slope} * (factor * select(p, -q, j == label)));
  }
  let loss = power * entropy;`;
}
