import type { RunRecord } from '@csx/core';

/** What the paper says about the order of its arms, and what a record shows. */
export interface Claim {
  readonly claim: string;
  readonly measured: string;
  /** Null when it cannot be decided from one run. */
  readonly held: boolean | null;
}

type Areas = ReadonlyMap<string, number>;

const arms = ['none', 'random', 'top', 'bottom', 'asymmetric'] as const;

/** Average precision of a pair in each of the paper's five arms; undefined when the record lacks one. */
function areasOf(record: RunRecord, minor: string, major: string): Areas | undefined {
  const areas = new Map<string, number>();
  for (const name of arms) {
    const arm = record.arms.find((one) => one.name === name);
    const pair = arm?.evaluation.pairs.find((one) => one.minor === minor && one.major === major);
    if (pair === undefined) return undefined;
    areas.set(name, pair.averagePrecision);
  }
  return areas;
}

function ranking(areas: Areas): string[] {
  return [...areas.keys()].sort((a, b) => (areas.get(b) ?? 0) - (areas.get(a) ?? 0));
}

function print(areas: Areas): string {
  return ranking(areas)
    .map((name) => `${name} ${areas.get(name)?.toFixed(4)}`)
    .join(', ');
}

const area = (areas: Areas, name: (typeof arms)[number]) => areas.get(name) ?? Number.NaN;

/**
 * The paper prints no area, so only the order can be compared. One run has one seed: whether an order is more than
 * chance needs several, and the page says so.
 */
export function claimsOf(record: RunRecord): Claim[] {
  const claims: Claim[] = [];
  const ship = areasOf(record, 'ship', 'truck');
  if (ship !== undefined) {
    const [first, second] = ranking(ship);
    claims.push({
      claim: 'truck-ship: asymmetric has the largest area, bottom the second',
      measured: print(ship),
      held: first === 'asymmetric' && second === 'bottom',
    });
  }
  for (const [minor, major] of [
    ['cat', 'dog'],
    ['deer', 'horse'],
  ] as const) {
    const areas = areasOf(record, minor, major);
    if (areas === undefined) continue;
    const worse = Math.max(area(areas, 'random'), area(areas, 'top'));
    claims.push({
      claim: `${major}-${minor}: asymmetric and bottom are both above random and top`,
      measured: print(areas),
      held: Math.min(area(areas, 'asymmetric'), area(areas, 'bottom')) > worse,
    });
  }
  const automobile = areasOf(record, 'automobile', 'airplane');
  if (automobile !== undefined) {
    const extrapolated = arms.filter((name) => name !== 'none').map((name) => area(automobile, name));
    const spread = Math.max(...extrapolated) - Math.min(...extrapolated);
    claims.push({
      claim: 'airplane-automobile: any extrapolation is above none, and the arms differ little among themselves',
      measured: `${print(automobile)}; spread ${spread.toFixed(4)}`,
      // "Little" is not a number; the first half of the sentence is.
      held: Math.min(...extrapolated) > area(automobile, 'none') ? null : false,
    });
  }
  return claims;
}
