import { DataFormatError } from '@csx/wgsl-kernels';
import { reservedPrefix } from './latent-file.ts';

/** A named part of a file: an array, a tensor, a column. */
export interface Part {
  readonly name: string;
  /** Whether it is a matrix of floating-point values. */
  readonly isLatents: boolean;
  /** Whether it has one integer or text for each row. */
  readonly isLabels: boolean;
  /** Its type and shape, for people. */
  readonly shown: string;
}

const usualNames = {
  latents: ['latents', 'latent', 'features', 'embeddings', 'embedding', 'X', 'x'],
  labels: ['labels', 'label', 'y', 'targets', 'target', 'classes', 'class'],
} as const;

/**
 * Which part holds the latents, and which the labels: the named one, else the only one that can be, else the only one
 * with a usual name.
 *
 * @throws DataFormatError where that leaves none or several, listing what there is.
 */
export function choosePart<T extends Part>(
  parts: readonly T[],
  role: 'latents' | 'labels',
  asked: string | undefined,
  where: string,
): T {
  const list = parts.map(({ name, shown }) => `${name} (${shown})`).join(', ') || 'nothing';
  const fits = (part: T) => (role === 'latents' ? part.isLatents : part.isLabels);
  const wanted = role === 'latents' ? 'rows and columns of floating-point values' : 'one integer or text for each row';
  if (asked !== undefined) {
    const part = parts.find(({ name }) => name === asked);
    if (part === undefined) throw new DataFormatError(`${where}: holds ${list}, but no ${asked}`);
    if (!fits(part)) throw new DataFormatError(`${where}: ${asked} is ${part.shown}, expected ${wanted}`);
    return part;
  }
  const able = parts.filter((part) => fits(part) && !part.name.startsWith(reservedPrefix));
  if (able.length === 1) return able[0];
  const usual = able.filter(({ name }) => (usualNames[role] as readonly string[]).includes(name));
  if (usual.length === 1) return usual[0];
  throw new DataFormatError(
    `${where}: holds ${list}; ${able.length === 0 ? 'none has' : `${able.length} have`} ${wanted}, so the ${role} are not clear`,
    { hint: `Name them with --${role} NAME.` },
  );
}

/** Names may come from anywhere, and are written into other files: one that looks like a path is refused. */
export function checkPartName(name: string, where: string): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  if (name === '' || name === '.' || name === '..' || /[\\/\u0000-\u001f]/.test(name))
    throw new DataFormatError(`${where}: holds ${JSON.stringify(name)}, expected names without slashes`, {
      hint: 'The file may have been made to do harm; look where it comes from.',
    });
}
