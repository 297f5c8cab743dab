import { InvalidOptionError } from '@csx/wgsl-kernels';

/** For each of `rows` rows of a `[rows, columns]` cost matrix, its cheapest column; equal costs go to the lower column. */
export function assignClosest(costs: Float64Array, rows: number, columns: number): number[] {
  return Array.from({ length: rows }, (_, i) => {
    let best = 0;
    for (let j = 1; j < columns; j++) if (costs[i * columns + j] < costs[i * columns + best]) best = j;
    return best;
  });
}

/**
 * A column of its own for each row of a `[rows, columns]` cost matrix, with the least total cost.
 *
 * The Hungarian method in O(rows^2 columns): rows enter one at a time, each along the shortest
 * augmenting path in reduced costs `costs[i][j] - rowPotential[i] - columnPotential[j]`.
 * Source: Kuhn, "The Hungarian method for the assignment problem", 1955, in the form of Jonker and
 * Volgenant, 1987.
 *
 * @throws {InvalidOptionError} more rows than columns.
 */
export function assignOneToOne(costs: Float64Array, rows: number, columns: number): number[] {
  if (rows > columns)
    throw new InvalidOptionError(
      `class-pairs: assignment matching needs a major for each minor, got ${rows} minors and ${columns} majors`,
      { hint: 'use assignment closest, where a major may serve several minors' },
    );
  const rowPotential = new Float64Array(rows);
  const columnPotential = new Float64Array(columns);
  const free = -1;
  const owner = new Int32Array(columns).fill(free);

  for (let entering = 0; entering < rows; entering++) {
    const distance = new Float64Array(columns).fill(Number.POSITIVE_INFINITY);
    const cameFrom = new Int32Array(columns).fill(free);
    const done = new Uint8Array(columns);
    let row = entering;
    let column = free;
    let reached = 0;
    // Dijkstra over the columns, until one without an owner is reached.
    do {
      let next = free;
      for (let j = 0; j < columns; j++) {
        if (done[j]) continue;
        const through = reached + costs[row * columns + j] - rowPotential[row] - columnPotential[j];
        if (through < distance[j]) {
          distance[j] = through;
          cameFrom[j] = column;
        }
        if (next === free || distance[j] < distance[next]) next = j;
      }
      column = next;
      reached = distance[column];
      done[column] = 1;
      row = owner[column];
    } while (row !== free);

    rowPotential[entering] += reached;
    for (let j = 0; j < columns; j++) {
      if (!done[j] || owner[j] === free) continue;
      rowPotential[owner[j]] += reached - distance[j];
      columnPotential[j] -= reached - distance[j];
    }
    // Back along the path, every column goes to the row that led to it.
    while (column !== free) {
      const before = cameFrom[column];
      owner[column] = before === free ? entering : owner[before];
      column = before;
    }
  }
  const assigned = new Array<number>(rows);
  owner.forEach((row, column) => {
    if (row !== free) assigned[row] = column;
  });
  return assigned;
}
