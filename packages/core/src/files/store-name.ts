import { InvalidInputError } from '@csx/wgsl-kernels';

const characters = /^[^\\:\0]+$/;

/**
 * Checks that a name stays inside its store: parts joined by `/`, none of them empty, `.` or `..`, and no
 * backslash or colon (which mean a folder or a drive on Windows).
 *
 * @returns its parts.
 * @throws InvalidInputError for any other name.
 */
export function storeNameParts(name: string): string[] {
  const parts = name.split('/');
  if (!characters.test(name) || parts.some((part) => part === '' || part === '.' || part === '..')) {
    throw new InvalidInputError(
      `file-store: name ${JSON.stringify(name)} could leave the store, expected parts like a/b.json`,
    );
  }
  return parts;
}
