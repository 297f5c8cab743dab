/** The rows of the base that score best for each of some queries. */
export interface Candidates {
  /** How many of each query. */
  readonly count: number;
  /** [queries, count], best first. */
  readonly rows: Uint32Array;
  /**
   * [queries, count], ascending: not above the squared distance (for cosine: twice the distance) of that row, the last
   * of a query not above that of any row left out.
   */
  readonly lowerBounds: Float64Array;
}

/** The best of each query among the parts of the base seen so far. */
export class CandidateLists {
  readonly count: number;
  readonly #rows: Uint32Array;
  readonly #scores: Float64Array;

  constructor(queryCount: number, count: number) {
    this.count = count;
    this.#rows = new Uint32Array(queryCount * count);
    this.#scores = new Float64Array(queryCount * count).fill(Number.POSITIVE_INFINITY);
  }

  /**
   * Sorts in what a part of the base, from its row `firstRow` on, has for some queries, from `firstQuery` on: `kept` of
   * each, ascending.
   */
  merge(firstQuery: number, kept: number, firstRow: number, scores: Float32Array, rows: Int32Array): void {
    for (let query = 0; query < scores.length / kept; query++) {
      const start = (firstQuery + query) * this.count;
      const last = start + this.count - 1;
      for (let from = query * kept; from < (query + 1) * kept; from++) {
        const score = scores[from];
        if (score >= this.#scores[last]) break;
        let at = last;
        for (; at > start && this.#scores[at - 1] > score; at--) {
          this.#scores[at] = this.#scores[at - 1];
          this.#rows[at] = this.#rows[at - 1];
        }
        this.#scores[at] = score;
        this.#rows[at] = firstRow + rows[from];
      }
    }
  }

  /** @param offsets [queries]: what makes a lower bound of a score */
  finish(offsets: Float64Array): Candidates {
    const lowerBounds = this.#scores;
    for (let at = 0; at < lowerBounds.length; at++) lowerBounds[at] += offsets[Math.floor(at / this.count)];
    return { count: this.count, rows: this.#rows, lowerBounds };
  }
}
