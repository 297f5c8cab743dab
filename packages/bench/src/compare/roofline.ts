import type { BenchRecord, Peak } from '../record.ts';
import { isOwn } from './comparison.ts';
import { whyNoTime } from './reasons.ts';

/** A measured result where FLOP and bytes are both counted. */
export interface RooflinePoint {
  readonly suite: string;
  readonly caseName: string;
  readonly candidate: string;
  readonly title: string;
  readonly isOwn: boolean;
  /** FLOP for each byte that has to move at least. */
  readonly intensity: number;
  readonly gflopPerSecond: number;
}

export interface Roofline {
  readonly device: Peak['device'];
  /** Measured in the same run; null where they were not. */
  readonly peak: Peak | null;
  readonly points: readonly RooflinePoint[];
}

/** GFLOP/s that a device can reach at an intensity: by its arithmetic, and by how fast bytes come. */
export function attainable({ gflopPerSecond, gbytePerSecond }: Peak, intensity: number): number {
  return Math.min(gflopPerSecond ?? Infinity, (gbytePerSecond ?? Infinity) * intensity);
}

/** How near a point is to the roof, as text; null where no peak that bounds it was measured. */
export function roofShare({ peak }: Roofline, { intensity, gflopPerSecond }: RooflinePoint): string | null {
  const roof = peak === null ? Infinity : attainable(peak, intensity);
  return Number.isFinite(roof) && roof > 0 ? `${((100 * gflopPerSecond) / roof).toFixed(0)} %` : null;
}

/** What a record has for roofline plots (Williams et al. 2009): one of its adapter, one of its CPU, where it has points. */
export function rooflinesOf({ results, peaks }: BenchRecord): readonly Roofline[] {
  const points = { adapter: [] as RooflinePoint[], cpu: [] as RooflinePoint[] };
  for (const { suite, name: caseName, flop, bytes, candidates } of results) {
    if (bytes === null || bytes === 0 || flop === 0) continue;
    for (const candidate of candidates) {
      const { name, title, device, timing } = candidate;
      // CUDA has no peak among those of WebGPU's adapter; loops of a reference are no one's best.
      if (name.endsWith('-cuda') || name === 'csx-reference') continue;
      if (whyNoTime(candidate) !== undefined || timing === null || timing.medianMs === 0) continue;
      points[device?.startsWith('CPU') ? 'cpu' : 'adapter'].push({
        suite,
        caseName,
        candidate: name,
        title,
        isOwn: isOwn(name),
        intensity: flop / bytes,
        gflopPerSecond: flop / timing.medianMs / 1e6,
      });
    }
  }
  return (['adapter', 'cpu'] as const)
    .filter((device) => points[device].length > 0)
    .map((device) => ({
      device,
      peak: peaks.find((peak) => peak.device === device) ?? null,
      points: points[device],
    }));
}
