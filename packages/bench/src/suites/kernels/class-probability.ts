import { classProbabilityReference, logOddsErrorBound, probabilityErrorBound } from '@csx/wgsl-kernels';
import type { BenchCase, BenchContext } from '../bench-case.ts';
import { evenValues, randomLabels } from '../random-values.ts';
import { judgeWithin } from './judge.ts';
import { grouped, kernelCase } from './kernel-case.ts';

export function classProbabilityCase(n: number, c: number, context: BenchContext): BenchCase {
  return kernelCase(
    {
      kernel: 'class-probability',
      name: `${grouped(n)} rows, ${c} classes`,
      shape: { n, c },
      flop: 3 * n * c,
      bytes: 4 * (n * c + 3 * n),
      inputs: (seed) => ({
        logits: evenValues(n * c, seed, 40).map((value) => 10 * value),
        labels: randomLabels(n, c, seed, 41),
      }),
      judge({ logits, labels }, values) {
        const { probability, logOdds } = classProbabilityReference({ logits: { data: logits, n, d: c }, labels });
        const oddsBound = (at: number) => logOddsErrorBound(Math.abs(logOdds[at]), c);
        return judgeWithin('every probability and log-odds beside float64', values, [
          { values: probability, bound: () => probabilityErrorBound(c) },
          { values: logOdds, bound: oddsBound },
        ]);
      },
    },
    context,
  );
}

export function classProbabilitySuite(context: BenchContext): readonly BenchCase[] {
  return [classProbabilityCase(context.hasGpu ? 1_000_000 : 100_000, 10, context)];
}
