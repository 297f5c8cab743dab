/**
 * Moves positions apart until neighbors are at least `gap` from each other, each as little as
 * possible: runs that touch are merged and centered on the mean of their own positions.
 * @returns the new positions, in the order given.
 */
export function spreadApart(positions: readonly number[], gap: number): number[] {
  const order = [...positions.keys()].sort((a, b) => positions[a] - positions[b] || a - b);
  const runs: { members: number[]; start: number }[] = [];
  for (const index of order) {
    let run = { members: [index], start: positions[index] };
    for (
      let before = runs.at(-1);
      before && before.start + before.members.length * gap > run.start;
      before = runs.at(-1)
    ) {
      runs.pop();
      const members = [...before.members, ...run.members];
      const mean = members.reduce((sum, member) => sum + positions[member], 0) / members.length;
      run = { members, start: mean - ((members.length - 1) * gap) / 2 };
    }
    runs.push(run);
  }
  const moved = new Array<number>(positions.length);
  for (const { members, start } of runs) {
    members.forEach((member, rank) => {
      moved[member] = start + rank * gap;
    });
  }
  return moved;
}
