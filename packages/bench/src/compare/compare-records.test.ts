import { InvalidOptionError } from '@csx/core';
import { describe, expect, it } from 'vitest';
import { candidateOf, firstCase, named, setSamples, smallRecord } from '../../test/support/small-records.ts';
import type { BenchRecord, CandidateResult } from '../record.ts';
import { compareRecords } from './compare-records.ts';

const a = () => smallRecord('node-swiftshader');
const b = () => smallRecord('bun-swiftshader');
const warm = (comparison: ReturnType<typeof compareRecords>, place: string, candidate = 'csx-gpu') =>
  comparison.groups
    .find((group) => group.place === place)
    ?.kernels.filter((kernel) => kernel.part === 'warm' && kernel.candidate === candidate) ?? [];
/** `csx-gpu: reason`, as often as it is said. */
const reasons = ({ notCompared }: ReturnType<typeof compareRecords>) =>
  notCompared.map(({ records, candidate, part, reason }) => `${records} ${candidate} ${part ?? 'all'}: ${reason}`);

it('compares two real runs of the same kernels on one software adapter: nothing is left out', () => {
  const comparison = compareRecords(named(a(), b()), 'A');
  expect(comparison.notCompared).toEqual([]);
  expect(comparison.groups.map(({ place, baseline, records }) => [place, baseline, records])).toEqual([
    ['software', 'A', ['A', 'B']],
    ['cpu', 'A', ['A', 'B']],
  ]);
  const [kernel] = warm(comparison, 'software');
  expect(kernel.baselineMs).toBe(candidateOf(a(), 'csx-gpu').timing?.medianMs);
  expect(kernel.others[0].ms).toBe(candidateOf(b(), 'csx-gpu').timing?.medianMs);
  expect(kernel.others[0].ratio.ratio).toBeCloseTo(kernel.others[0].ms / kernel.baselineMs, 12);
});

describe('verdicts', () => {
  const around = (middle: number, count = 8) => Array.from({ length: count }, (_, i) => middle * (1 + 0.01 * (i % 3)));
  const compared = (base: number[], other: number[]) => {
    const [one, two] = [a(), b()];
    setSamples(candidateOf(one, 'csx-gpu'), base);
    setSamples(candidateOf(two, 'csx-gpu'), other);
    return warm(compareRecords(named(one, two), 'A'), 'software')[0].others[0];
  };

  it('is slower or faster where the interval leaves out 1, with the ratio of the medians', () => {
    expect(compared(around(10), around(20))).toMatchObject({ ratio: { ratio: 2 }, verdict: 'slower' });
    expect(compared(around(10), around(5))).toMatchObject({ ratio: { ratio: 0.5 }, verdict: 'faster' });
  });

  it('is no difference where the interval has 1', () => {
    const other = compared(around(10), around(10));
    expect(other).toMatchObject({ ratio: { ratio: 1 }, verdict: 'no difference' });
    expect(other.ratio).toMatchObject({ low: expect.closeTo(0.98, 1), high: expect.closeTo(1.02, 1) });
  });

  it('says that five samples are too few, and that six are not', () => {
    expect(compared(around(10, 5), around(20)).verdict).toBe('too few samples');
    expect(compared(around(10), around(20, 5)).verdict).toBe('too few samples');
    expect(compared(around(10, 6), around(20, 6)).verdict).toBe('slower');
  });

  it('compares single first runs without an interval', () => {
    const [one, two] = [a(), b()];
    candidateOf(one, 'csx-gpu').coldMs = 100;
    candidateOf(two, 'csx-gpu').coldMs = 150;
    const cold = compareRecords(named(one, two), 'A').groups[0].kernels.find(({ part }) => part === 'cold');
    expect(cold?.others).toEqual([{ record: 'B', ms: 150, sampleCount: 1, ratio: { ratio: 1.5 }, verdict: 'one run' }]);
  });
});

it('means the ratios of a suite geometrically, over the cases that both have', () => {
  const [one, two] = [a(), b()];
  for (const [record, factor] of [
    [one, 1],
    [two, 4],
  ] as const) {
    const copy = structuredClone(firstCase(record));
    copy.name = 'another';
    record.results.push(copy);
    record.results.forEach((result, i) => {
      const samples = Array.from({ length: 8 }, () => (i === 0 ? 10 : 10 * factor));
      for (const candidate of result.candidates) setSamples(candidate, samples);
    });
  }
  two.results.push({ ...structuredClone(firstCase(two)), name: 'only here' });
  const comparison = compareRecords(named(one, two), 'A');
  const mean = comparison.groups[0].means.find(({ part }) => part === 'warm');
  // sqrt(1 * 4)
  expect(mean).toMatchObject({ record: 'B', ratio: 2, least: 1, largest: 4, caseCount: 2 });
  expect(reasons(comparison)).toEqual(['A csx-gpu all: only in B', 'A csx-reference all: only in B']);
});

it('does not let a ratio depend on what else is compared', () => {
  const two = warm(compareRecords(named(a(), b()), 'A'), 'software')[0].others;
  const three = warm(compareRecords(named(a(), b(), smallRecord('node-lavapipe')), 'A'), 'software')[0].others;
  expect(three.slice(0, 1)).toEqual(two);
});

/** Changes of the second record, the candidates that are left out by them, and why. */
const refusals: readonly [string, (record: BenchRecord, gpu: CandidateResult) => void, readonly string[]][] = [
  [
    'another shape',
    (record) => {
      firstCase(record).shape.m = 2000;
    },
    ['csx-gpu all: other shape: m 1000 in A, 2000 in B', 'csx-reference all: other shape: m 1000 in A, 2000 in B'],
  ],
  [
    'another task',
    (record) => {
      firstCase(record).what = 'something else';
    },
    [
      `csx-gpu all: other task: "${firstCase(a()).what}" is "something else" in B`,
      `csx-reference all: other task: "${firstCase(a()).what}" is "something else" in B`,
    ],
  ],
  [
    'other WGSL',
    (_, gpu) => {
      gpu.wgsl[Object.keys(gpu.wgsl)[0]] = '0'.repeat(64);
    },
    [`csx-gpu all: other WGSL: ${Object.keys(candidateOf(a(), 'csx-gpu').wgsl)[0]}`],
  ],
  [
    'WGSL that only one ran',
    (_, gpu) => {
      gpu.wgsl.extra = '0'.repeat(64);
    },
    ['csx-gpu all: other WGSL: extra'],
  ],
  [
    'another variant',
    (_, gpu) => {
      gpu.variant = 'tiled';
    },
    ['csx-gpu all: other variant: none in A, tiled in B'],
  ],
  [
    'another library version, where the kernels are not ours',
    (record) => {
      candidateOf(record, 'csx-reference').versions = { library: '2' };
    },
    ['csx-reference all: other version: library none in A, 2 in B'],
  ],
  [
    'another timing method',
    (_, gpu) => {
      if (gpu.timing !== null) gpu.timing.method = 'timestamp query';
    },
    ['csx-gpu warm: other timing method: wall clock in A, timestamp query in B'],
  ],
  [
    'a status',
    (_, gpu) => {
      Object.assign(gpu, { status: 'unsupported', reason: 'no shader-f16', timing: null, gate: null });
    },
    ['csx-gpu all: unsupported: no shader-f16'],
  ],
  [
    'a failed gate',
    (_, gpu) => {
      if (gpu.gate !== null) gpu.gate.error = gpu.gate.bound + 1;
    },
    ['csx-gpu all: failed its gate: error 1, allowed 0'],
  ],
  [
    'a gate that was not a number',
    (_, gpu) => {
      if (gpu.gate !== null) gpu.gate.error = null;
    },
    ['csx-gpu all: failed its gate: error not a number, allowed 0'],
  ],
  [
    'no gate',
    (_, gpu) => {
      gpu.gate = null;
    },
    ['csx-gpu all: its result was not checked'],
  ],
  [
    'no sample',
    (_, gpu) => {
      gpu.timing = null;
    },
    ['csx-gpu all: no sample'],
  ],
  [
    'a time of nothing',
    (_, gpu) => {
      gpu.timing?.samples.push(0);
    },
    ['csx-gpu warm: a time of 0 ms in B: shorter than its timer tells'],
  ],
  [
    'no first run',
    (_, gpu) => {
      gpu.coldMs = null;
    },
    ['csx-gpu cold: only in A'],
  ],
  [
    'another CPU',
    (record) => {
      record.runtime.cpuName = 'Another';
    },
    [
      'csx-gpu all: other CPU: AMD EPYC in A, Another in B',
      'csx-reference all: other CPU: AMD EPYC in A, Another in B',
    ],
  ],
  [
    'another number of cores',
    (record) => {
      record.runtime.cpuCount = 64;
    },
    [
      'csx-gpu all: other number of cores: 2 in A, 64 in B',
      'csx-reference all: other number of cores: 2 in A, 64 in B',
    ],
  ],
  [
    'another number of threads',
    (record) => {
      candidateOf(record, 'csx-reference').device = 'CPU, 4 threads';
    },
    ['csx-reference all: other device: CPU, 1 thread in A, CPU, 4 threads in B'],
  ],
  [
    'a CPU that a browser does not tell: only its software adapter is compared',
    (record) => {
      record.runtime.cpuName = 'unknown';
    },
    ['csx-reference all: a CPU that is not known: AMD EPYC in A, unknown in B'],
  ],
];

describe('does not compare', () => {
  it.each(refusals)('%s', (_, change, expected) => {
    const record = b();
    change(record, candidateOf(record, 'csx-gpu'));
    const comparison = compareRecords(named(a(), record), 'A');
    expect(reasons(comparison)).toEqual(expected.map((one) => `B ${one}`));
    // What is not said to be left out is compared.
    for (const [place, candidate] of [
      ['software', 'csx-gpu'],
      ['cpu', 'csx-reference'],
    ] as const) {
      const isOut = expected.some((one) => one.startsWith(`${candidate} all`) || one.startsWith(`${candidate} warm`));
      expect(warm(comparison, place, candidate)).toHaveLength(isOut ? 0 : 1);
    }
  });

  it('software adapters with GPUs, though both are measured; GPUs with each other are compared', () => {
    const gpu = () => {
      const record = b();
      Object.assign(record.adapter ?? {}, { name: 'a card', isSoftware: false });
      candidateOf(record, 'csx-gpu').device = 'a card';
      return record;
    };
    const apart = compareRecords(named(a(), gpu()), 'A');
    expect(reasons(apart)).toEqual([
      'B csx-gpu all: no other record has a GPU, and GPUs are not ranked with software adapters',
      'A csx-gpu all: no other record has a software adapter, and software adapters are not ranked with GPUs',
    ]);
    expect(warm(apart, 'cpu', 'csx-reference')).toHaveLength(1);
    const three = compareRecords(named(a(), gpu(), gpu()), 'A');
    // The baseline has no GPU: the first record that has one stands for it.
    expect(three.groups.find(({ place }) => place === 'gpu')).toMatchObject({ baseline: 'B', records: ['B', 'C'] });
    expect(warm(three, 'gpu')[0].others.map(({ record }) => record)).toEqual(['C']);
  });

  it('more than what differs: the other records of the same kernel are compared all the same', () => {
    const [one, two, three] = [a(), b(), b()];
    candidateOf(two, 'csx-gpu').variant = 'tiled';
    const [kernel] = warm(compareRecords(named(one, two, three), 'A'), 'software');
    expect(kernel.others.map(({ record }) => record)).toEqual(['C']);
  });

  it('fewer than two records, or with a baseline that is none of them', () => {
    expect(() => compareRecords(named(a()), 'A')).toThrow(InvalidOptionError);
    expect(() => compareRecords(named(a(), b()), 'C')).toThrow(/baseline C/);
    expect(compareRecords(named(a(), b()), 'B').groups[0].baseline).toBe('B');
  });
});

it('knows one kernel under numbered labels, in whatever order they were compiled', () => {
  const [one, two] = [a(), b()];
  candidateOf(one, 'csx-gpu').wgsl = { tile: 'x', 'tile (2)': 'y' };
  candidateOf(two, 'csx-gpu').wgsl = { tile: 'y', 'tile (2)': 'x' };
  expect(compareRecords(named(one, two), 'A').notCompared).toEqual([]);
  candidateOf(two, 'csx-gpu').wgsl = { tile: 'y' };
  expect(reasons(compareRecords(named(one, two), 'A'))).toEqual(['B csx-gpu all: other WGSL: tile']);
});

it('says why there is no device time', () => {
  const [one, two] = [a(), b()];
  candidateOf(one, 'csx-gpu').gpuTiming = candidateOf(one, 'csx-gpu').timing;
  candidateOf(two, 'csx-gpu').gpuTimingFlag = 'timestamps run backwards';
  expect(reasons(compareRecords(named(one, two), 'A'))).toEqual([
    'B csx-gpu gpu: only in A (B: timestamps run backwards)',
  ]);
});
