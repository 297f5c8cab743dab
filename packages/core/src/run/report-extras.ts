import { gatherRows } from '../method/class-rows.ts';
import { pairBoundary } from '../method/placement.ts';
import type { ReportExtras } from '../report/extras.ts';
import { createLatentMap, minorWeightCounts } from '../report/latent-map.ts';
import { fitPairProjection } from '../report/pair-projection.ts';
import type { Weights } from '../training/engine.ts';
import { classifierHead } from './arm-stage.ts';
import type { ArmName } from './config.ts';
import type { Pairing } from './pairing-stage.ts';
import type { FinalLatents } from './retraining.ts';

/** Pictures of each pair's latents with an arm's synthetic ones, and how often each P occurred. */
export function armPictures(
  classNames: readonly string[],
  { pairs, prepared }: Pairing,
  arm: ArmName,
  { train, synthetic, firstHead }: FinalLatents,
  lastHead: Weights,
): ReportExtras {
  const latentMaps: ReportExtras['latentMaps'] = [];
  const minorWeights: ReportExtras['minorWeights'] = [];
  pairs.forEach((pair, index) => {
    const rows = Uint32Array.from(synthetic.pairIndices.keys()).filter((row) => synthetic.pairIndices[row] === index);
    if (rows.length === 0) return;
    const minorLatents = gatherRows(train, prepared.classRows[pair.minor]);
    const majorLatents = gatherRows(train, prepared.classRows[pair.major]);
    const names = { minor: classNames[pair.minor], major: classNames[pair.major] };
    const boundaryOf = (head: Weights) => pairBoundary(classifierHead(head), pair);
    const projection = fitPairProjection(
      firstHead === undefined
        ? { minorLatents, majorLatents, boundary: boundaryOf(lastHead), boundaryAt: 'last' }
        : { minorLatents, majorLatents, boundary: boundaryOf(firstHead) },
    );
    latentMaps.push(
      createLatentMap({
        ...names,
        arm,
        projection,
        minorLatents,
        majorLatents,
        syntheticLatents: gatherRows(synthetic.latents, rows),
        ...(firstHead && { finalBoundary: boundaryOf(lastHead) }),
      }),
    );
    minorWeights.push({
      ...names,
      arm,
      counts: minorWeightCounts(Float32Array.from(rows, (row) => synthetic.minorWeights[row])),
    });
  });
  return { latentMaps, minorWeights };
}

/** The pictures of all arms, pair by pair. */
export function reportExtras(
  classNames: readonly string[],
  { pairs }: Pairing,
  arms: Iterable<{ readonly pictures: ReportExtras }>,
): ReportExtras {
  const all = [...arms].map(({ pictures }) => pictures);
  const ofPairs = <T extends { readonly minor: string; readonly major: string }>(items: readonly T[]): T[] =>
    pairs.flatMap((pair) =>
      items.filter(({ minor, major }) => minor === classNames[pair.minor] && major === classNames[pair.major]),
    );
  return {
    latentMaps: ofPairs(all.flatMap(({ latentMaps }) => latentMaps)),
    minorWeights: ofPairs(all.flatMap(({ minorWeights }) => minorWeights)),
  };
}
