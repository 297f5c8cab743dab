import type { BenchRecord, CandidateResult, CaseResult } from '../record.ts';
import type { Place } from './comparison.ts';
import type { NamedRecord } from './named-record.ts';
import { type TimingPart, timesOf } from './timing-parts.ts';

/** What a record has of a candidate at a case. */
export interface Entry {
  readonly of: NamedRecord;
  readonly result: CaseResult;
  readonly candidate: CandidateResult;
}

/** Why a result has no time that may be compared; undefined where it has. Correctness comes before speed. */
export function whyNoTime({ status, reason, gate, timing }: CandidateResult): string | undefined {
  if (status !== 'measured') return `${status}: ${reason ?? 'no reason given'}`;
  if (gate === null) return 'its result was not checked';
  const { error, bound } = gate;
  if (error === null || !(error <= bound)) return `failed its gate: error ${error ?? 'not a number'}, allowed ${bound}`;
  if (timing === null) return 'no sample';
  return undefined;
}

const said = (value: unknown) => (value === undefined || value === null ? 'none' : String(value));
const inBoth = (a: Entry, b: Entry, one: unknown, other: unknown) =>
  `${said(one)} in ${a.of.key}, ${said(other)} in ${b.of.key}`;

function differingKeys(a: Readonly<Record<string, unknown>>, b: Readonly<Record<string, unknown>>): string[] {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].filter((key) => a[key] !== b[key]);
}

/** Label -> hashes. Variants of one kernel share a label and are numbered as they are compiled, in any order. */
function hashesByLabel(wgsl: Readonly<Record<string, string>>): Record<string, string> {
  const hashes: Record<string, string[]> = {};
  for (const [name, hash] of Object.entries(wgsl)) {
    const label = name.replace(/ \(\d+\)$/, '');
    hashes[label] = [...(hashes[label] ?? []), hash];
  }
  return Object.fromEntries(Object.entries(hashes).map(([label, all]) => [label, all.sort().join()]));
}

/** Versions of the libraries that do the work, without those of runtime and WebGPU: these are what is compared. */
function libraries({ candidate, of: { record } }: Entry): Record<string, string> {
  const compared = ['webgpu', record.runtime.name, record.adapter?.implementation];
  return Object.fromEntries(Object.entries(candidate.versions).filter(([name]) => !compared.includes(name)));
}

const isKnown = ({ runtime }: BenchRecord) => runtime.cpuName !== '' && runtime.cpuName !== 'unknown';

/** Whether two records were made on different processors, as far as is known, for work that processors do. */
function otherProcessor(a: Entry, b: Entry, place: Place): string | undefined {
  if (place === 'gpu') return undefined;
  const [one, other] = [a.of.record, b.of.record];
  const names = inBoth(a, b, one.runtime.cpuName, other.runtime.cpuName);
  if (isKnown(one) && isKnown(other)) {
    if (one.runtime.cpuName !== other.runtime.cpuName) return `other CPU: ${names}`;
    if (one.runtime.cpuCount !== other.runtime.cpuCount) {
      return `other number of cores: ${inBoth(a, b, one.runtime.cpuCount, other.runtime.cpuCount)}`;
    }
  } else if (place === 'cpu') {
    // Browsers do not tell. A software adapter of one is let pass: its record's reader sees that the CPU is unknown.
    return `a CPU that is not known: ${names}`;
  }
  return place === 'cpu' && a.candidate.device !== b.candidate.device
    ? `other device: ${inBoth(a, b, a.candidate.device, b.candidate.device)}`
    : undefined;
}

/** Why two results of one candidate at cases of one name are not of the same work; undefined where they are. */
export function whyNotSame(a: Entry, b: Entry, place: Place): string | undefined {
  const shape = differingKeys(a.result.shape, b.result.shape);
  if (shape.length > 0) {
    const parts = shape.map((key) => `${key} ${inBoth(a, b, a.result.shape[key], b.result.shape[key])}`);
    return `other shape: ${parts.join('; ')}`;
  }
  if (a.result.what !== b.result.what) return `other task: "${a.result.what}" is "${b.result.what}" in ${b.of.key}`;
  if (a.candidate.variant !== b.candidate.variant) {
    return `other variant: ${inBoth(a, b, a.candidate.variant, b.candidate.variant)}`;
  }
  const labels = differingKeys(hashesByLabel(a.candidate.wgsl), hashesByLabel(b.candidate.wgsl));
  if (labels.length > 0) return `other WGSL: ${labels.join(', ')}`;
  // Whose kernels are not ours, and so not hashed.
  if (Object.keys(a.candidate.wgsl).length === 0) {
    const [one, other] = [libraries(a), libraries(b)];
    const names = differingKeys(one, other);
    if (names.length > 0) {
      return `other version: ${names.map((name) => `${name} ${inBoth(a, b, one[name], other[name])}`).join('; ')}`;
    }
  }
  return otherProcessor(a, b, place);
}

/** Why a part of two results is not compared; undefined where it is, null where neither has it. */
export function whyNotPart(a: Entry, b: Entry, part: TimingPart): string | null | undefined {
  const [one, other] = [timesOf(a.candidate, part), timesOf(b.candidate, part)];
  if (one === undefined && other === undefined) return null;
  if (one === undefined || other === undefined) {
    const [has, lacks] = one === undefined ? [b, a] : [a, b];
    const flag = part === 'gpu' ? lacks.candidate.gpuTimingFlag : null;
    return `only in ${has.of.key}${flag === null ? '' : ` (${lacks.of.key}: ${flag})`}`;
  }
  if (one.method !== other.method) return `other timing method: ${inBoth(a, b, one.method, other.method)}`;
  for (const [{ of }, times] of [[a, one] as const, [b, other] as const]) {
    // There is no ratio to nothing.
    if (!times.samples.every((ms) => ms > 0)) return `a time of 0 ms in ${of.key}: shorter than its timer tells`;
  }
  return undefined;
}
