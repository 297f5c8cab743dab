import { InvalidOptionError } from '@csx/wgsl-kernels';

/** Throws InvalidOptionError unless `value` is one of `choices`: types do not hold for callers in JavaScript. */
export function checkChoice(where: string, name: string, value: string, choices: readonly string[]): void {
  if (!choices.includes(value))
    throw new InvalidOptionError(`${where}: ${name} is ${value}, expected one of ${choices.join(', ')}`);
}
