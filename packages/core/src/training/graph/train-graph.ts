import {
  type BatchNormOp,
  type Conv2dOp,
  type DenseOp,
  type DropoutOp,
  type FlattenOp,
  type ForwardOp,
  type GlobalAveragePoolOp,
  type ModelGraph,
  type PoolOp,
  type ReluOp,
  trainableParameters,
} from './model-graph.ts';

/** Gradients of the forward operations. Each reads the gradient of its operation's output. */
export type BackwardOp =
  | { readonly kind: 'softmaxCrossEntropyGradient'; readonly logits: string; readonly inputGradient: string }
  | {
      readonly kind: 'conv2dInputGradient';
      readonly forward: Conv2dOp;
      readonly outputGradient: string;
      readonly inputGradient: string;
    }
  | {
      readonly kind: 'conv2dKernelGradient';
      readonly forward: Conv2dOp;
      readonly outputGradient: string;
      readonly kernelGradient: string;
    }
  | {
      readonly kind: 'conv2dBiasGradient';
      readonly forward: Conv2dOp;
      readonly outputGradient: string;
      readonly biasGradient: string;
    }
  | {
      readonly kind: 'batchNormGradient';
      readonly forward: BatchNormOp;
      readonly outputGradient: string;
      readonly inputGradient: string;
      readonly gammaGradient: string;
      readonly betaGradient: string;
    }
  | {
      readonly kind: 'reluGradient';
      readonly forward: ReluOp;
      readonly outputGradient: string;
      readonly inputGradient: string;
    }
  /** The mask of the forward pass, once more. */
  | {
      readonly kind: 'dropoutGradient';
      readonly forward: DropoutOp;
      readonly outputGradient: string;
      readonly inputGradient: string;
    }
  | {
      readonly kind: 'poolGradient';
      readonly forward: PoolOp;
      readonly outputGradient: string;
      readonly inputGradient: string;
    }
  | {
      readonly kind: 'globalAveragePoolGradient';
      readonly forward: GlobalAveragePoolOp;
      readonly outputGradient: string;
      readonly inputGradient: string;
    }
  | {
      readonly kind: 'flattenGradient';
      readonly forward: FlattenOp;
      readonly outputGradient: string;
      readonly inputGradient: string;
    }
  | {
      readonly kind: 'denseInputGradient';
      readonly forward: DenseOp;
      readonly outputGradient: string;
      readonly inputGradient: string;
    }
  | {
      readonly kind: 'denseKernelGradient';
      readonly forward: DenseOp;
      readonly outputGradient: string;
      readonly kernelGradient: string;
    }
  | {
      readonly kind: 'denseBiasGradient';
      readonly forward: DenseOp;
      readonly outputGradient: string;
      readonly biasGradient: string;
    }
  /** A tensor used twice gets the sum of both gradients. */
  | { readonly kind: 'sumGradients'; readonly terms: readonly [string, string]; readonly sum: string };

/** One training step: forward, loss, backward; the update follows from `gradients`. */
export interface TrainGraph {
  readonly model: ModelGraph;
  readonly backward: readonly BackwardOp[];
  /** Trainable parameter -> the tensor that holds its gradient. */
  readonly gradients: ReadonlyMap<string, string>;
}

/**
 * Reverse-mode differentiation of the mean softmax cross-entropy of a graph. Gradients that nobody
 * needs (of the input, and of what only leads to it) are left out.
 */
export function differentiate(model: ModelGraph): TrainGraph {
  const backward: BackwardOp[] = [];
  const gradients = new Map<string, string>();
  /** Tensor -> its gradient so far. */
  const flowing = new Map<string, string>();
  let sums = 0;

  const send = (tensor: string, gradient: string) => {
    const earlier = flowing.get(tensor);
    if (earlier === undefined) {
      flowing.set(tensor, gradient);
      return;
    }
    const sum = `d_${tensor}_sum${sums++}`;
    backward.push({ kind: 'sumGradients', terms: [earlier, gradient], sum });
    flowing.set(tensor, sum);
  };

  const needed = tensorsThatTrain(model);
  const first = `d_${model.logits}`;
  backward.push({ kind: 'softmaxCrossEntropyGradient', logits: model.logits, inputGradient: first });
  send(model.logits, first);

  for (const op of [...model.ops].reverse()) {
    const outputGradient = flowing.get(op.output);
    if (outputGradient === undefined) continue;
    const inputGradient = `d_${op.input}_from_${op.output}`;
    const inputNeeded = needed.has(op.input);
    pushParameterGradients(op, outputGradient, backward, gradients, inputGradient);
    if (op.kind === 'add') {
      if (inputNeeded) send(op.input, outputGradient);
      if (needed.has(op.other)) send(op.other, outputGradient);
      continue;
    }
    if (!inputNeeded) continue;
    const input = inputGradientOp(op, outputGradient, inputGradient);
    if (input !== undefined) backward.push(input);
    send(op.input, inputGradient);
  }
  return { model, backward, gradients };
}

/** Tensors on a way from a trainable parameter to the loss: those whose gradient is needed. */
function tensorsThatTrain(model: ModelGraph): Set<string> {
  const trainable = new Set(trainableParameters(model).map((p) => p.name));
  const needed = new Set<string>();
  for (const op of model.ops) {
    const own = 'kernel' in op ? [op.kernel] : 'gamma' in op ? [op.gamma] : [];
    const fromInputs = needed.has(op.input) || (op.kind === 'add' && needed.has(op.other));
    if (fromInputs || own.some((name) => trainable.has(name))) needed.add(op.output);
  }
  return needed;
}

function pushParameterGradients(
  op: ForwardOp,
  outputGradient: string,
  backward: BackwardOp[],
  gradients: Map<string, string>,
  inputGradient: string,
): void {
  const gradientOf = (parameter: string) => {
    const tensor = `d_${parameter}`;
    gradients.set(parameter, tensor);
    return tensor;
  };
  if (op.kind === 'conv2d') {
    backward.push({ kind: 'conv2dKernelGradient', forward: op, outputGradient, kernelGradient: gradientOf(op.kernel) });
    if (op.bias !== undefined) {
      backward.push({ kind: 'conv2dBiasGradient', forward: op, outputGradient, biasGradient: gradientOf(op.bias) });
    }
  } else if (op.kind === 'dense') {
    backward.push({ kind: 'denseKernelGradient', forward: op, outputGradient, kernelGradient: gradientOf(op.kernel) });
    if (op.bias !== undefined) {
      backward.push({ kind: 'denseBiasGradient', forward: op, outputGradient, biasGradient: gradientOf(op.bias) });
    }
  } else if (op.kind === 'batchNorm') {
    // One operation: the three gradients share their sums.
    const gammaGradient = gradientOf(op.gamma);
    const betaGradient = gradientOf(op.beta);
    backward.push({
      kind: 'batchNormGradient',
      forward: op,
      outputGradient,
      inputGradient,
      gammaGradient,
      betaGradient,
    });
  }
}

function inputGradientOp(op: ForwardOp, outputGradient: string, inputGradient: string): BackwardOp | undefined {
  switch (op.kind) {
    case 'conv2d':
      return { kind: 'conv2dInputGradient', forward: op, outputGradient, inputGradient };
    case 'dense':
      return { kind: 'denseInputGradient', forward: op, outputGradient, inputGradient };
    case 'relu':
      return { kind: 'reluGradient', forward: op, outputGradient, inputGradient };
    case 'dropout':
      return { kind: 'dropoutGradient', forward: op, outputGradient, inputGradient };
    case 'maxPool':
    case 'averagePool':
      return { kind: 'poolGradient', forward: op, outputGradient, inputGradient };
    case 'globalAveragePool':
      return { kind: 'globalAveragePoolGradient', forward: op, outputGradient, inputGradient };
    case 'flatten':
      return { kind: 'flattenGradient', forward: op, outputGradient, inputGradient };
    default:
      // batchNorm has made its input gradient already; add passes its output's on.
      return undefined;
  }
}
