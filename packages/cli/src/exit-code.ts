import { CsxError } from '@csx/wgsl-kernels';

/** What the exit codes of csx mean. */
export const exitCodes = {
  success: 0,
  failure: 1,
  usage: 2,
  noAdapter: 3,
  data: 4,
  numeric: 5,
  interrupted: 130,
  terminated: 143,
} as const;

const byErrorCode: Readonly<Record<string, number>> = {
  USAGE: exitCodes.usage,
  INVALID_OPTION: exitCodes.usage,
  // Options that do not fit the data: no minor class, more images than there are.
  INVALID_INPUT: exitCodes.usage,
  ADAPTER_UNAVAILABLE: exitCodes.noAdapter,
  DEVICE_LOST: exitCodes.noAdapter,
  LIMIT_EXCEEDED: exitCodes.noAdapter,
  DATA_FORMAT: exitCodes.data,
  NUMERIC: exitCodes.numeric,
};

/** The exit code for an error; whatever is not listed is a plain failure. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof CsxError) return byErrorCode[error.code] ?? exitCodes.failure;
  return exitCodes.failure;
}
