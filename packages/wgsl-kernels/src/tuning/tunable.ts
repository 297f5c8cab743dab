/** A kernel made ready to be timed on data that stays on the device. */
export interface OpenedVariant {
  /** Resolves when the device has done the kernel once. */
  run(): Promise<void>;
  close(): void;
}

/** One way to compute a kernel. */
export interface TunableVariant {
  readonly name: string;
  /** The WGSL that it runs: what was measured holds only for this text. */
  readonly code: string;
  open(): Promise<OpenedVariant>;
}

/** A class of shapes for which one variant is chosen, and a shape of it to measure. */
export interface TunableCase {
  readonly kernel: string;
  readonly shapeClass: string;
  /** The shape, for people. */
  readonly what: string;
  /** Those that the session's device can run; the kernel's own choice first. */
  readonly variants: readonly TunableVariant[];
}
