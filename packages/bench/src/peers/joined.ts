/** Arrays one behind the other, as f32. */
export function joined(arrays: readonly ArrayLike<number>[]): Float32Array {
  const values = new Float32Array(arrays.reduce((sum, { length }) => sum + length, 0));
  let first = 0;
  for (const array of arrays) {
    values.set(array, first);
    first += array.length;
  }
  return values;
}
