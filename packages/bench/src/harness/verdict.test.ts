import { expect, it } from 'vitest';
import type { CaseResult } from '../record.ts';
import type { CandidateName } from '../suites/candidates.ts';
import { createRunner } from './runner.ts';
import { verdictOf } from './verdict.ts';

type Status = CaseResult['candidates'][number]['status'];

function results(statuses: Readonly<Partial<Record<CandidateName, Status>>>): readonly CaseResult[] {
  const candidates = Object.entries(statuses).map(([name, status]) => {
    const { result } = createRunner(name as CandidateName);
    return { ...result, status, reason: status === 'measured' ? null : 'because' };
  });
  return [{ suite: 'fake', name: 'one', candidates } as unknown as CaseResult];
}

it.each([
  [{ 'csx-gpu': 'incorrect', 'csx-cpu': 'lost' }, 'NUMERIC', /wrong results.*csx on WebGPU, fake: one \(because\)$/],
  [{ 'csx-gpu': 'lost', 'csx-cpu': 'failed' }, 'DEVICE_LOST', /the adapter went away: csx on WebGPU, fake: one/],
  [{ 'csx-gpu': 'measured', 'csx-cpu': 'failed' }, 'INVARIANT', /not measured: csx on the CPU/],
] as const)('%j ends with %s', (statuses, code, message) => {
  expect(verdictOf(results(statuses))).toMatchObject({ code, message: expect.stringMatching(message) });
});

it.each([
  {},
  { 'csx-gpu': 'measured', 'csx-gpu-f16': 'unsupported', 'csx-cpu': 'absent' },
  { 'jax-js': 'incorrect', 'torch-cpu': 'failed', 'tfjs-webgpu': 'lost' },
] as const)('%j is no failure of ours', (statuses) => {
  expect(verdictOf(results(statuses))).toBeUndefined();
});
