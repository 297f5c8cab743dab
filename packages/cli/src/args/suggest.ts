/** Edits (insert, delete, replace, swap of neighbors) that turn `a` into `b`. */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(row[j - 1] + 1, last[j] + 1, last[j - 1] + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, beforeLast[j - 2] + 1);
      row.push(cost);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length];
}

/** The known word that was most likely meant, or undefined when none is near. */
export function nearestWord(word: string, known: readonly string[]): string | undefined {
  const plain = (text: string) => text.toLowerCase().replace(/[-_]/g, '');
  let best: string | undefined;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (const candidate of known) {
    const distance = editDistance(plain(word), plain(candidate));
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  if (best === undefined) return undefined;
  // A third of the letters may be wrong, or the word is the beginning of a longer one.
  const near = bestDistance <= Math.max(1, Math.floor(plain(word).length / 3));
  const begun =
    plain(word).length >= 3 ? known.find((candidate) => plain(candidate).startsWith(plain(word))) : undefined;
  return near ? best : begun;
}

/** "did you mean --gamma?", or the fallback when no known word is near. */
export function didYouMean(word: string, known: readonly string[], fallback: string): string {
  const meant = nearestWord(word, known);
  return meant === undefined ? fallback : `did you mean ${meant}?`;
}
