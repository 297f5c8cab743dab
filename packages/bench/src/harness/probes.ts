import type { HostAdapter } from '@csx/core/host';
import type { ProbeTask } from '../worker/protocol.ts';

/** One way to reach a peak: what is run, how much it does, and what must come out so that none of it was left out. */
export interface Probe {
  readonly variant: ProbeTask['variant'];
  /** FLOP, or bytes read and written, of one run. */
  readonly work: number;
  /** What `check` must give, to the bit. */
  expected(): Float32Array;
}

/** Multiply-adds of each chain: their number is what comes out. */
const arithmeticSteps = 4096;

/**
 * Chains of multiply-adds in registers that do not wait for each other, c = c m + a with m = a = 1 that only the input
 * knows: c ends as its start plus the number of steps, exactly, so that a compiler which leaves some out is found out.
 * How many chains fill the pipelines before registers run out, and whether fma or multiply and add is one instruction,
 * differs by device: the best counts.
 */
export function arithmeticProbes(isSoftware: boolean): readonly Probe[] {
  const threads = isSoftware ? 2 ** 11 : 2 ** 20;
  const forms = [
    { chains: 2, fused: 1, workgroup: 64 },
    { chains: 4, fused: 1, workgroup: 64 },
    { chains: 8, fused: 1, workgroup: 64 },
    { chains: 4, fused: 1, workgroup: 256 },
    { chains: 2, fused: 0, workgroup: 64 },
    { chains: 4, fused: 0, workgroup: 64 },
  ];
  return forms.map((form) => ({
    variant: { probe: 'arithmetic', ...form, threads, steps: arithmeticSteps },
    work: 2 * 4 * form.chains * arithmeticSteps * threads,
    // Lane l of chain i starts at i + l; a thread gives the sum of its chains.
    expected: () => {
      const lanes = [0, 1, 2, 3].map((lane) => {
        const starts = Array.from({ length: form.chains }, (_, chain) => chain + lane);
        return starts.reduce((sum, start) => sum + start + arithmeticSteps, 0);
      });
      return Float32Array.from({ length: 4 * threads }, (_, at) => lanes[at % 4]);
    },
  }));
}

/** Of a copy's result, the first values of so many equal parts are looked at. */
export const copyParts = 16;
export const copyPartLength = 1024;
/** Values of a copy's input, whole numbers, repeat after so many: a prime, so that no two parts begin alike. */
export const copyPeriod = 1_000_003;

const mebibyte = 2 ** 20;

/**
 * A copy by vec4f, one or several a thread, from one buffer to another, both much larger than caches. A thread of a CPU is
 * best kept in a loop.
 */
export function copyProbes({ isSoftware, limits }: Pick<HostAdapter, 'isSoftware' | 'limits'>): readonly Probe[] {
  const largest = Math.min(limits.maxStorageBufferBindingSize, limits.maxBufferSize);
  const bytes = Math.min((isSoftware ? 64 : 512) * mebibyte, 2 ** Math.floor(Math.log2(largest)));
  const length = bytes / 4;
  const forms = [1, 4, 16].map((perThread) => ({ workgroup: 256, perThread }));
  if (isSoftware) forms.push({ workgroup: 8, perThread: 1024 }, { workgroup: 64, perThread: 128 });
  return forms.map((form) => ({
    variant: { probe: 'copy', ...form, length },
    work: 2 * bytes,
    expected: () =>
      Float32Array.from({ length: copyParts * copyPartLength }, (_, at) => {
        const part = Math.floor(at / copyPartLength);
        return ((part * length) / copyParts + (at % copyPartLength)) % copyPeriod;
      }),
  }));
}

/** Rows of the product that are looked at: the first ones. */
export const matmulRows = 4;

/** Values of the matrices: small whole numbers, so that every sum is exact. */
export const matmulValue = (row: number, column: number) => ((row * 7 + column * 3) % 5) - 2;

/** ONNX Runtime's product of two square matrices. */
export function matmulProbe(size: number): Probe {
  return {
    variant: { probe: 'matmul', size },
    work: 2 * size ** 3,
    expected: () =>
      Float32Array.from({ length: matmulRows * size }, (_, at) => {
        const [row, column] = [Math.floor(at / size), at % size];
        let sum = 0;
        for (let k = 0; k < size; k++) sum += matmulValue(row, k) * matmulValue(k, column);
        return sum;
      }),
  };
}

/** Copies in host memory, a part of the whole in each thread. */
export function hostCopyProbe(bytes: number, threads: number): Probe {
  const length = Math.floor(bytes / 4 / threads);
  return {
    variant: { probe: 'host copy', length },
    work: 2 * 4 * length * threads,
    expected: () => Float32Array.from({ length: threads }, (_, thread) => thread + 1),
  };
}
