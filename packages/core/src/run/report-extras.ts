import type { Matrix } from '@csx/wgsl-kernels';
import { gatherRows } from '../method/class-rows.ts';
import { pairBoundary } from '../method/placement.ts';
import type { ReportExtras } from '../report/extras.ts';
import { createLatentMap, minorWeightCounts } from '../report/latent-map.ts';
import { fitPairProjection } from '../report/pair-projection.ts';
import type { Weights } from '../training/engine.ts';
import type { ArmResult } from './arm-stage.ts';
import { classifierHead } from './arm-stage.ts';
import type { ArmName } from './config.ts';
import type { Pairing } from './pairing-stage.ts';

/** Pictures of each pair's latents with each arm's synthetic ones, and how often each P occurred. */
export function reportExtras(
  classNames: readonly string[],
  pairing: Pairing,
  startingHead: Weights,
  arms: ReadonlyMap<ArmName, ArmResult>,
): ReportExtras {
  const latentMaps: ReportExtras['latentMaps'] = [];
  const minorWeights: ReportExtras['minorWeights'] = [];
  const { latents, classRows } = pairing.prepared;
  pairing.pairs.forEach((pair, index) => {
    const minorLatents = gatherRows(latents, classRows[pair.minor]);
    const majorLatents = gatherRows(latents, classRows[pair.major]);
    const names = { minor: classNames[pair.minor], major: classNames[pair.major] };
    const boundary = pairBoundary(classifierHead(startingHead), pair);
    const projection = fitPairProjection({ minorLatents, majorLatents, boundary });
    for (const [arm, { state }] of arms) {
      const rows = Uint32Array.from(state.synthetic.pairIndices.keys()).filter(
        (row) => state.synthetic.pairIndices[row] === index,
      );
      if (rows.length === 0) continue;
      const syntheticLatents: Matrix = gatherRows(state.synthetic.latents, rows);
      const finalBoundary = pairBoundary(classifierHead(state.head.weights), pair);
      latentMaps.push(
        createLatentMap({ ...names, arm, projection, minorLatents, majorLatents, syntheticLatents, finalBoundary }),
      );
      minorWeights.push({
        ...names,
        arm,
        counts: minorWeightCounts(Float32Array.from(rows, (row) => state.synthetic.minorWeights[row])),
      });
    }
  });
  return { latentMaps, minorWeights };
}
