import { DataFormatError } from '@csx/wgsl-kernels';
import type { StoredType } from '../stored-values.ts';
import { reservedPrefix } from './latent-file.ts';

interface Column {
  readonly name: string;
  readonly isList?: boolean;
  readonly floatType?: StoredType | undefined;
  readonly shown: string;
}

/**
 * The columns that hold a latent's value each, in order: those that begin with the asked name, else all of
 * floating-point values but the labels' and our own.
 *
 * @throws DataFormatError where there is none, or one that begins so holds something else.
 */
export function chooseColumns<T extends Column>(
  columns: readonly T[],
  label: string,
  asked: string | undefined,
  where: string,
): T[] {
  const isFloat = ({ floatType, isList }: T) => floatType !== undefined && isList !== true;
  const others = columns.filter(({ name }) => name !== label && !name.startsWith(reservedPrefix));
  const chosen = asked === undefined ? others.filter(isFloat) : others.filter(({ name }) => name.startsWith(asked));
  const wrong = chosen.find((column) => !isFloat(column));
  if (wrong)
    throw new DataFormatError(`${where}: column ${wrong.name} is ${wrong.shown}, expected floating-point values`);
  if (chosen.length === 0)
    throw new DataFormatError(
      `${where}: no column of floating-point values${asked === undefined ? '' : ` begins with ${JSON.stringify(asked)}`}; its columns are ${columns.map(({ name }) => name).join(', ')}`,
      { hint: 'Latents are a column of lists, or a column for each of their values.' },
    );
  return chosen;
}
