/**
 * Holm's correction: probabilities of one family of tests, adjusted so that the chance of any false rejection at
 * a level stays below it. The k-th smallest of m is multiplied by m - k + 1; none ends up below a smaller one, or above 1.
 * @returns in the order given.
 */
export function holm(probabilities: readonly number[]): number[] {
  const order = [...probabilities.keys()].sort((a, b) => probabilities[a] - probabilities[b]);
  const adjusted = new Array<number>(probabilities.length);
  let least = 0;
  order.forEach((index, k) => {
    least = Math.max(least, Math.min(1, (probabilities.length - k) * probabilities[index]));
    adjusted[index] = least;
  });
  return adjusted;
}
