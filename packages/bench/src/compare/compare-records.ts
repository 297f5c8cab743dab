import { createStream, InvalidOptionError } from '@csx/core';
import { geometricMean, ratioOfMedians, summarize } from '../harness/statistics.ts';
import type { BenchRecord } from '../record.ts';
import {
  type ComparedKernel,
  type ComparedTime,
  type Comparison,
  type KernelName,
  type NotCompared,
  type Place,
  type PlaceGroup,
  places,
  type SuiteMean,
  type Verdict,
} from './comparison.ts';
import type { NamedRecord } from './named-record.ts';
import { type Entry, whyNoTime, whyNotPart, whyNotSame } from './reasons.ts';
import { type TimingPart, timesOf, timingParts } from './timing-parts.ts';

/** A candidate at a case, with what each record has of it. */
interface Kernel {
  readonly name: KernelName;
  readonly entries: readonly Entry[];
}

/** Between the least and the largest of fewer samples, the median lies with less than 95 % (1 - 2^(1 - n)). */
const fewestSamples = 6;

const alone: Readonly<Record<Place, string>> = {
  gpu: 'no other record has a GPU, and GPUs are not ranked with software adapters',
  software: 'no other record has a software adapter, and software adapters are not ranked with GPUs',
  cpu: 'no other record has times of the CPU',
};

function gatherKernels(records: readonly NamedRecord[]): readonly Kernel[] {
  const kernels = new Map<string, { name: KernelName; entries: Entry[] }>();
  for (const of of records) {
    for (const result of of.record.results) {
      for (const candidate of result.candidates) {
        const { suite, name: caseName } = result;
        const key = JSON.stringify([suite, caseName, candidate.name]);
        const name = { suite, caseName, candidate: candidate.name, title: candidate.title };
        const kernel = kernels.get(key) ?? { name, entries: [] };
        kernels.set(key, kernel);
        kernel.entries.push({ of, result, candidate });
      }
    }
  }
  return [...kernels.values()];
}

/** Candidate -> whether it computes on the CPU, on CUDA, or on the record's adapter: what any record says of it. */
function devicesOf(kernels: readonly Kernel[]): ReadonlyMap<string, 'cpu' | 'cuda'> {
  const devices = new Map<string, 'cpu' | 'cuda'>();
  for (const { name, entries } of kernels) {
    if (name.candidate.endsWith('-cuda')) devices.set(name.candidate, 'cuda');
    if (entries.some(({ candidate }) => candidate.device?.startsWith('CPU'))) devices.set(name.candidate, 'cpu');
  }
  return devices;
}

function placeIn({ adapter }: BenchRecord, device: 'cpu' | 'cuda' | undefined): Place {
  if (device !== undefined) return device === 'cpu' ? 'cpu' : 'gpu';
  // Without an adapter nothing was measured; the reason stands beside the GPUs.
  return adapter?.isSoftware === true ? 'software' : 'gpu';
}

function verdictOf(low: number, high: number, sampleCount: number): Verdict {
  if (sampleCount < fewestSamples) return 'too few samples';
  if (low > 1) return 'slower';
  return high < 1 ? 'faster' : 'no difference';
}

function compareTimes(record: string, samples: readonly number[], base: readonly number[], part: TimingPart) {
  const ms = summarize(samples).medianMs;
  const about = { record, ms, sampleCount: samples.length };
  if (part === 'cold') {
    return { ...about, ratio: { ratio: ms / base[0] }, verdict: 'one run' } satisfies ComparedTime;
  }
  // The same draws for every pair: a ratio does not depend on what else is compared.
  const ratio = ratioOfMedians(samples, base, createStream(0, 'testData', 12));
  const verdict = verdictOf(ratio.low, ratio.high, Math.min(samples.length, base.length));
  return { ...about, ratio, verdict } satisfies ComparedTime;
}

/** The parts of a kernel that some record shares with the baseline. */
function comparePart(name: KernelName, part: TimingPart, base: Entry, others: readonly Entry[]): ComparedKernel[] {
  const baseSamples = timesOf(base.candidate, part)?.samples;
  if (baseSamples === undefined || others.length === 0) return [];
  const compared = others.map(({ of, candidate }) =>
    compareTimes(of.key, timesOf(candidate, part)?.samples ?? [], baseSamples, part),
  );
  const { medianMs } = summarize(baseSamples);
  return [{ ...name, part, baselineMs: medianMs, baselineSampleCount: baseSamples.length, others: compared }];
}

function meansOf(kernels: readonly ComparedKernel[]): readonly SuiteMean[] {
  const groups = new Map<
    string,
    { about: Omit<SuiteMean, 'ratio' | 'least' | 'largest' | 'caseCount'>; all: number[] }
  >();
  for (const { suite, candidate, title, part, others } of kernels) {
    for (const { record, ratio } of others) {
      const key = JSON.stringify([suite, candidate, part, record]);
      const group = groups.get(key) ?? { about: { suite, candidate, title, part, record }, all: [] };
      groups.set(key, group);
      group.all.push(ratio.ratio);
    }
  }
  return [...groups.values()].map(({ about, all }) => ({
    ...about,
    ratio: geometricMean(all),
    least: Math.min(...all),
    largest: Math.max(...all),
    caseCount: all.length,
  }));
}

/** What one place has in common. What it has not goes to `notCompared`. */
function comparePlace(
  place: Place,
  kernels: readonly Kernel[],
  members: readonly NamedRecord[],
  chosen: string,
  notCompared: NotCompared[],
): PlaceGroup {
  const compared: ComparedKernel[] = [];
  const measured = new Set(
    kernels
      .flatMap(({ entries }) => entries.filter(({ candidate }) => whyNoTime(candidate) === undefined))
      .map(({ of }) => of.key),
  );
  const baseline = measured.has(chosen) ? chosen : (members.find(({ key }) => measured.has(key)) ?? members[0]).key;
  for (const { name, entries } of kernels) {
    const refuse = (records: readonly string[], reason: string, part: TimingPart | null = null) =>
      notCompared.push({ ...name, place, records, part, reason });
    const present = entries.map(({ of }) => of.key);
    const lacking = members.map(({ key }) => key).filter((key) => !present.includes(key));
    if (lacking.length > 0) refuse(lacking, `only in ${present.join(', ')}`);
    const timed = entries.filter(({ of, candidate }) => {
      const reason = whyNoTime(candidate);
      if (reason !== undefined) refuse([of.key], reason);
      else if (members.length === 1) refuse([of.key], alone[place]);
      return reason === undefined;
    });
    const base = timed.find(({ of }) => of.key === baseline);
    if (base === undefined) continue;
    const same = timed.filter((entry) => {
      const reason = entry === base ? undefined : whyNotSame(base, entry, place);
      if (reason !== undefined) refuse([entry.of.key], reason);
      return entry !== base && reason === undefined;
    });
    for (const part of timingParts) {
      const comparable = same.filter((entry) => {
        const reason = whyNotPart(base, entry, part);
        if (typeof reason === 'string') refuse([entry.of.key], reason, part);
        return reason === undefined;
      });
      compared.push(...comparePart(name, part, base, comparable));
    }
  }
  return { place, records: members.map(({ key }) => key), baseline, kernels: compared, means: meansOf(compared) };
}

/**
 * Sets records beside a baseline: the same suite, case, shape, candidate, WGSL, variant and timing method, in the same
 * kind of place. Ratios are times / those of the baseline, with the 95 % interval of a percentile bootstrap over the
 * samples of both. Everything else is listed with the reason why it is not compared.
 * @param baseline key of a record; a place where it measured nothing is compared with the first record that did
 * @throws {InvalidOptionError} fewer than two records, or a baseline that is none of them
 */
export function compareRecords(records: readonly NamedRecord[], baseline: string): Comparison {
  if (records.length < 2) {
    throw new InvalidOptionError(`bench compare: got ${records.length} record(s), expected at least 2`);
  }
  if (!records.some(({ key }) => key === baseline)) {
    throw new InvalidOptionError(`bench compare: the baseline ${baseline} is none of the records`);
  }
  const kernels = gatherKernels(records);
  const devices = devicesOf(kernels);
  const notCompared: NotCompared[] = [];
  const groups = places.flatMap((place) => {
    const here = kernels.flatMap(({ name, entries }) => {
      const own = entries.filter(({ of }) => placeIn(of.record, devices.get(name.candidate)) === place);
      return own.length === 0 ? [] : [{ name, entries: own }];
    });
    if (here.length === 0) return [];
    const keys = new Set(here.flatMap(({ entries }) => entries.map(({ of }) => of.key)));
    const members = records.filter(({ key }) => keys.has(key));
    return [comparePlace(place, here, members, baseline, notCompared)];
  });
  return { baseline, groups, notCompared };
}
