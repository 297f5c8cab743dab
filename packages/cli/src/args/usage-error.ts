import { CsxError } from '@csx/wgsl-kernels';

/** The command line cannot be understood; nothing has been done. */
export class UsageError extends CsxError {
  readonly code = 'USAGE';
}
