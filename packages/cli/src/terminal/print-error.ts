import { CsxError } from '@csx/wgsl-kernels';
import type { Channel } from './terminal.ts';

/**
 * Prints an error: message and hint of one that csx throws on purpose, the stack of any other
 * (and of every one with CSX_DEBUG).
 */
export function printError(error: unknown, err: Channel, debug: boolean): void {
  const { paint } = err;
  const label = paint.red(paint.bold('error:'));
  if (error instanceof CsxError) {
    err.write(`${label} ${error.message}\n`);
    if (error.hint !== undefined) err.write(`${paint.cyan('hint:')} ${error.hint}\n`);
    if (debug) err.write(`${stackOf(error)}\n`);
    return;
  }
  err.write(`${label} unexpected: ${error instanceof Error ? error.message : String(error)}\n`);
  err.write(`${stackOf(error)}\n`);
  err.write(`${paint.cyan('hint:')} This is a defect of csx; please report it with the lines above.\n`);
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  const cause = error.cause === undefined ? '' : `\ncaused by: ${stackOf(error.cause) || String(error.cause)}`;
  return `${error.stack ?? ''}${cause}`;
}
