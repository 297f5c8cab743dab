/**
 * How the benchmark talks to the processes that it measures: one JSON document a line, calls on their stdin, answers on
 * their stdout. A candidate runs in a process of its own, since two WebGPU implementations in one process may clash, a
 * crash of one must not end the others, and one of them is written in Python. In a browser each is a dedicated worker of
 * one page, which hands it the same calls; `folder` and `file` are addresses there. A worker answers one call at a time:
 *
 * - `open` with a `Task`: prepares it; nothing it was asked for before is needed any more.
 * - `check` with `{ file }`: does the task once from its start, and writes what came out as f32 to the file. Resolves to
 *   a `Checked`.
 * - `time` with `{ part, repeats }`: does it so many times, waits until all is done, and gives a `Measured`.
 */
export type Request =
  | { readonly method: 'open'; readonly params: Task }
  | { readonly method: 'check'; readonly params: { readonly file: string } }
  | { readonly method: 'time'; readonly params: { readonly part: TaskPart; readonly repeats: number } };

/** `warm`: inputs where the work is done. `end-to-end`: from arrays in host memory to results in host memory. */
export type TaskPart = 'warm' | 'end-to-end';

/** Milliseconds of one run. */
export interface Measured {
  readonly wallMs: number;
  /** By timestamp queries, where the candidate takes them: the device's time, and the timer's smallest step. */
  readonly gpu: { readonly ms: number; readonly quantumMs: number } | { readonly flag: string } | null;
}

export type Call = Request & { readonly id: number };

export type Answer =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly failure: { readonly status: FailureStatus; readonly reason: string } };

/**
 * Why a candidate has no time: not installed here, cannot do the task, ended because a run took too long, wrong result,
 * its device went away, or broke.
 */
export const failureStatuses = ['absent', 'unsupported', 'too slow', 'incorrect', 'lost', 'failed'] as const;
export type FailureStatus = (typeof failureStatuses)[number];

/** What a worker says of itself once it has done a task. */
export interface About {
  /** Of the libraries that do the work. */
  readonly versions: Readonly<Record<string, string>>;
  /** Where the work is done: an adapter's normalised name, or a processor with its threads. */
  readonly device: string;
  /** sha256 of the WGSL it ran, by label; only of our own kernels. */
  readonly wgsl: Readonly<Record<string, string>>;
  /** Which of our kernel's variants ran, where it has several. */
  readonly variant?: string;
}

export interface Checked extends About {
  /** Milliseconds of `open` and `check` together. */
  readonly coldMs: number;
  /** It can be timed end to end, too. */
  readonly hasEndToEnd: boolean;
}

interface TaskBase {
  /** Holds the task's arrays as raw little-endian files. */
  readonly folder: string;
  /** A part of the adapter's name; the default one where empty. */
  readonly adapter: string;
  /** Threads of candidates on the CPU. */
  readonly threads: number;
}

/** A network as plain data: `ModelGraph` with an object for its map of shapes. */
export interface PlainGraph {
  readonly input: string;
  readonly ops: readonly object[];
  readonly logits: string;
  readonly latent: string;
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  readonly parameters: readonly { readonly name: string; readonly shape: readonly number[]; readonly role: string }[];
}

interface Training {
  /** `weights.f32` holds its parameters one behind the other, in tfjs's layout. */
  readonly graph: PlainGraph;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly momentum: number;
  readonly weightDecay: number;
}

/** A step on one batch (inputs.f32, channels last; labels.u32). `check` takes `checkSteps` and gives their losses. */
export interface TrainingStepTask extends TaskBase, Training {
  readonly kind: 'training-step';
  readonly backbone: { readonly name: 'vgg19' | 'small'; readonly width: number; readonly imageSize: number };
  readonly checkSteps: number;
}

/**
 * Epochs of a linear classifier on latents.f32 [n, d] and labels.u32 [n], each in the order of its row of orders.u32
 * [epochs, n]; what does not fill the last batch is left out. `check` gives the mean loss of each.
 */
export interface HeadTask extends TaskBase, Training {
  readonly kind: 'head';
  readonly n: number;
  readonly d: number;
  readonly classCount: number;
  readonly epochs: number;
}

export const convolutionPasses = ['forward', 'input gradient', 'filter gradient'] as const;
export type ConvolutionPass = (typeof convolutionPasses)[number];

/** A 3 x 3 convolution with stride 1 and a border of zeros: input.f32, filter.f32, outputGradient.f32, channels last. */
export interface ConvolutionTask extends TaskBase {
  readonly kind: 'convolution';
  readonly pass: ConvolutionPass;
  readonly batch: number;
  readonly size: number;
  readonly inChannels: number;
  readonly outChannels: number;
}

/** The nearest row of base.f32 [m, d] to each of query.f32 [n, d]; `check` gives the indices. */
export interface NearestTask extends TaskBase {
  readonly kind: 'nearest';
  readonly n: number;
  readonly m: number;
  readonly d: number;
}

export const sampledParts = ['neighbors', 'smote', 'borderline-smote-1', 'adasyn'] as const;
export type SampledPart = (typeof sampledParts)[number];

/**
 * Classes of latents.f32 [n, d] with labels.u32 [n] filled up to the largest by a sampler with its defaults; `check` gives
 * how many rows each class has then. Or only SMOTE's search: `neighbors` are the six nearest rows of the class to each row
 * of the classes `treated`, itself among them, as rows of the class.
 */
export interface SamplerTask extends TaskBase {
  readonly kind: 'sampler';
  readonly part: SampledPart;
  readonly n: number;
  readonly d: number;
  readonly treated: readonly number[];
}

/**
 * One kernel on its own. What it computes from which files of the folder is told by the suite of that name
 * (`suites/kernels/`), which makes the files and judges what comes out.
 */
export interface KernelTask extends TaskBase {
  readonly kind: 'kernel';
  readonly kernel: string;
  /** The variant that must run; null leaves the choice to the kernel. */
  readonly variant: string | null;
  readonly shape: Readonly<Record<string, number | string>>;
}

/**
 * Work that does nothing but reach a peak of the device (`harness/probes.ts`): multiply-adds in registers or a copy on an
 * adapter, a matrix product or a copy on a processor.
 */
export interface ProbeTask extends TaskBase {
  readonly kind: 'probe';
  readonly variant:
    | {
        readonly probe: 'arithmetic';
        /** vec4f each, in one thread. */
        readonly chains: number;
        /** 1: fma; 0: a product and a sum. */
        readonly fused: number;
        readonly workgroup: number;
        readonly threads: number;
        readonly steps: number;
      }
    | { readonly probe: 'copy'; readonly workgroup: number; readonly perThread: number; readonly length: number }
    | { readonly probe: 'matmul'; readonly size: number }
    /** `length` values in each thread. */
    | { readonly probe: 'host copy'; readonly length: number };
}

export type Task = TrainingStepTask | HeadTask | ConvolutionTask | NearestTask | SamplerTask | KernelTask | ProbeTask;
