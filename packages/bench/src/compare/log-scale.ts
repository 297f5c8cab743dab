import type { AxisScale } from '@csx/core/page';

/** Pixels that neighboring numbers of an axis need. */
const leastGap = 36;
/** Fewer numbers do not tell what an axis is like. */
const fewest = 3;

/** By way of text: 3 * 10 ** -1 is 0.30000000000000004. */
const decimal = (digits: number, power: number) => Number(`${digits}e${power}`);

/** Multiples of one step. */
function linearTicks(low: number, high: number, digit: number, power: number): number[] {
  const step = decimal(digit, power);
  const [first, last] = [Math.ceil(low / step), Math.floor(high / step)];
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => decimal(digit * (first + i), power));
}

/** The same leading digits in each power of ten, or in every so many powers. */
function decadeTicks(low: number, high: number, digits: readonly number[], everyPower: number): number[] {
  const ticks: number[] = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) {
    if (power % everyPower !== 0) continue;
    ticks.push(...digits.map((digit) => decimal(digit, power)).filter((tick) => tick >= low && tick <= high));
  }
  return ticks;
}

/** From fine to coarse. A range within a power of ten has multiples of one step before it has decades. */
function* tickChoices(low: number, high: number): Generator<number[]> {
  if (high <= 10 * low) {
    const top = Math.floor(Math.log10(high));
    for (let power = top - 3; power <= top; power++) {
      for (const digit of [1, 2, 5]) yield linearTicks(low, high, digit, power);
    }
  }
  for (const digits of [
    [1, 2, 3, 4, 5, 6, 7, 8, 9],
    [1, 2, 5],
    [1, 3],
  ])
    yield decadeTicks(low, high, digits, 1);
  const powerCount = Math.ceil(Math.log10(high / low)) + 1;
  for (let everyPower = 1; everyPower <= powerCount; everyPower++) yield decadeTicks(low, high, [1], everyPower);
}

/** Maps positive numbers to pixels by their logarithm; its ticks are as fine as their numbers have room. */
export function logScale([low, high]: readonly [number, number], [start, end]: readonly [number, number]): AxisScale {
  const at = (value: number) => start + ((end - start) * Math.log(value / low)) / Math.log(high / low);
  const fits = (ticks: readonly number[]) =>
    ticks.every((tick, i) => i === 0 || Math.abs(at(tick) - at(ticks[i - 1])) >= leastGap);
  const ticks = () => {
    let sparse: readonly number[] = [];
    for (const choice of tickChoices(low, high)) {
      if (!fits(choice)) continue;
      if (choice.length >= fewest) return choice;
      if (choice.length > sparse.length) sparse = choice;
    }
    return sparse;
  };
  return Object.assign(at, { ticks });
}
