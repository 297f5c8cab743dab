import { StorageError } from '@csx/wgsl-kernels';

/** What the operating system's code means, and one thing to do. */
const meanings: Readonly<Record<string, readonly [meaning: string, hint: string]>> = {
  ENOSPC: ['the disk is full', 'Free some space, or choose a directory on another disk.'],
  EDQUOT: ['the disk quota is used up', 'Free some space, or choose a directory on another disk.'],
  EFBIG: [
    'the file would be larger than allowed',
    'Raise the limit of file sizes (ulimit -f), or choose another disk.',
  ],
  EACCES: ['permission denied', 'Choose a directory that you may write to, or change its permissions.'],
  EPERM: ['the operation is not permitted', 'Choose a directory that you may write to, or change its permissions.'],
  EROFS: ['the file system is read-only', 'Choose a directory that you may write to.'],
  ENOTDIR: ['a part of the path is a file, not a directory', 'Choose another directory, or move that file away.'],
  EEXIST: ['a file of that name is in the way', 'Choose another directory, or move that file away.'],
  EISDIR: ['it is a directory, not a file', 'Choose another name, or move that directory away.'],
  ENAMETOOLONG: ['the name is too long', 'Choose a directory with a shorter path.'],
  EMFILE: ['too many files are open', 'Raise the limit of open files (ulimit -n).'],
};

/** The operating system's code of an error (such as ENOENT), where it has one. */
export function errorCode(error: unknown): string | undefined {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return typeof code === 'string' ? code : undefined;
}

/** Whether an error says that the file, or a folder on its path, does not exist. */
export function isMissing(error: unknown): boolean {
  return errorCode(error) === 'ENOENT';
}

/** @param action what could not be done to the path, such as 'write'. */
export function storageFailure(action: string, path: string, cause: unknown): StorageError {
  const code = errorCode(cause) ?? '';
  const [meaning, hint] = meanings[code] ?? [cause instanceof Error ? cause.message : String(cause)];
  return new StorageError(`${path}: cannot ${action}: ${meaning}${code && ` (${code})`}`, {
    ...(hint && { hint }),
    cause,
  });
}
