/** What every error of csx carries besides its message. */
export interface CsxErrorOptions {
  /** One thing the reader can do about it. */
  readonly hint?: string;
  readonly cause?: unknown;
}

/**
 * Base of all errors that csx throws on purpose. The message says what, where, got and expected;
 * `hint` is one thing to do; `code` is stable and meant for programs.
 */
export abstract class CsxError extends Error {
  abstract readonly code: string;
  readonly hint: string | undefined;

  constructor(message: string, options: CsxErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.hint = options.hint;
  }
}

/** Data passed to a function has the wrong shape or values. */
export class InvalidInputError extends CsxError {
  readonly code = 'INVALID_INPUT';
}

/** An option is unknown, out of range or does not go with another. */
export class InvalidOptionError extends CsxError {
  readonly code = 'INVALID_OPTION';
}

/** A file or byte stream is missing, truncated, corrupt or of another format. */
export class DataFormatError extends CsxError {
  readonly code = 'DATA_FORMAT';
}

/** No WebGPU adapter (or none with what was asked for). */
export class AdapterUnavailableError extends CsxError {
  readonly code = 'ADAPTER_UNAVAILABLE';
}

/** A buffer, binding or dispatch would exceed a limit of the device. */
export class LimitExceededError extends CsxError {
  readonly code = 'LIMIT_EXCEEDED';
}

/** WGSL that did not compile; the message carries line and column. */
export class KernelCompileError extends CsxError {
  readonly code = 'KERNEL_COMPILE';
}

/** WebGPU's validation refused a command. */
export class KernelValidationError extends CsxError {
  readonly code = 'KERNEL_VALIDATION';
}

/** The device could not allocate. */
export class GpuOutOfMemoryError extends CsxError {
  readonly code = 'GPU_OUT_OF_MEMORY';
}

/** The device is gone; everything pending on it is rejected with this. */
export class DeviceLostError extends CsxError {
  readonly code = 'DEVICE_LOST';
}

/** A disposed session, kernel or engine was used. */
export class DisposedError extends CsxError {
  readonly code = 'DISPOSED';
}

/** A computation produced NaN or infinity where none may be. */
export class NumericError extends CsxError {
  readonly code = 'NUMERIC';
}

/** Reading or writing a file or directory failed. */
export class StorageError extends CsxError {
  readonly code = 'STORAGE';
}

/** csx itself is wrong: please report it. */
export class InvariantError extends CsxError {
  readonly code = 'INVARIANT';
}
