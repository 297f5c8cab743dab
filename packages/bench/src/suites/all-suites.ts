import type { BenchCase, BenchContext } from './bench-case.ts';
import { convolutionSuite } from './convolution.ts';
import { headSuite } from './head.ts';
import { nearestSuite } from './nearest.ts';
import { cpuStepSuite, trainingStepSuite } from './training-step.ts';

const suites = [trainingStepSuite, convolutionSuite, cpuStepSuite, headSuite, nearestSuite];

/** `suite: case`, as `--filter` and `--list` read and print it. */
export const caseTitle = ({ suite, name }: BenchCase) => `${suite}: ${name}`;

/** The cases whose title contains the filter. */
export function chooseCases(context: BenchContext, filter: string): readonly BenchCase[] {
  return suites
    .flatMap((suite) => suite(context))
    .filter((one) => caseTitle(one).toLowerCase().includes(filter.toLowerCase()));
}
