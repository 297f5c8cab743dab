import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { dirname } from 'node:path';
import { StorageError } from '@csx/wgsl-kernels';
import { UsageError } from '../args/usage-error.ts';

/**
 * Finds out before the work what would only come out when it is done.
 *
 * @param shown as the user wrote it.
 * @throws StorageError where the directory cannot be written, UsageError where the file is there and may not be replaced.
 */
export async function checkOutput(path: string, shown: string, force: boolean, command: string): Promise<void> {
  const works = (file: string, mode: number) =>
    access(file, mode).then(
      () => true,
      () => false,
    );
  if (!(await works(dirname(path), constants.W_OK)))
    throw new StorageError(`${shown}: its directory is not there, or cannot be written`, {
      hint: 'Make it, or choose another.',
    });
  if (!force && (await works(path, constants.F_OK)))
    throw new UsageError(`${command}: ${shown} is there already`, { hint: 'choose another --out, or add --force' });
}
