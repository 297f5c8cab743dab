/** Points of a class that a picture keeps at most. */
export const latentMapPoints = 400;

/** At most `limit` of `count` rows, evenly spaced: the same ones every time. */
export function evenlySpacedRows(count: number, limit: number): number[] {
  const kept = Math.min(count, limit);
  return Array.from({ length: kept }, (_, index) => Math.floor((index * count) / kept));
}
