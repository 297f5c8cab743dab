import { InvalidInputError, type Matrix, NumericError } from '@csx/wgsl-kernels';

/** Throws unless `matrix` has the shape it claims and no NaN or infinity; the first bad value is named. */
export function checkMatrix(where: string, name: string, matrix: Matrix): void {
  const { data, n, d } = matrix;
  if (data.length !== n * d)
    throw new InvalidInputError(`${where}: ${name} has ${data.length} values, expected n x d = ${n} x ${d} = ${n * d}`);
  const bad = data.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0)
    throw new NumericError(
      `${where}: ${name} has ${data[bad]} in row ${Math.floor(bad / d)}, column ${bad % d}, expected finite values`,
      { hint: 'lower the learning rate if training made it, else check the file the values come from' },
    );
}

/** Throws unless there is one label in [0, classCount) for each of `n` rows. */
export function checkLabels(where: string, labels: Uint32Array, n: number, classCount: number): void {
  if (labels.length !== n)
    throw new InvalidInputError(`${where}: got ${labels.length} labels for ${n} rows, expected one a row`);
  const bad = labels.findIndex((label) => label >= classCount);
  if (bad >= 0)
    throw new InvalidInputError(
      `${where}: row ${bad} has label ${labels[bad]}, expected less than ${classCount} classes`,
    );
}
