import type { FilterBlock } from './convolution.broadcast-filter.wgsl.ts';
import type { ImageBlock } from './convolution.broadcast-image.wgsl.ts';

/**
 * Filter values that an invocation holds, each written out as a product: 12 KiB in 8 lanes, and about a second to
 * compile. Subgroups of 4 are SwiftShader's, whose compiler takes far longer over long code.
 */
const mostHeld = (lanes: number) => 6 * lanes * lanes;
/** Products written out for the filter gradient: its sums times the pixels that are added to them at a time. */
const mostProducts = (lanes: number) => 12 * lanes * lanes;
/** Taps across that slide; more would hold too few channels. */
const mostTaps = 5;
const widths = [1, 2, 4] as const;

/**
 * Instructions for a load or a store of `width` values a lane, for each of 8 lanes a test of the mask and the checks of
 * its bounds; a product takes two, as software Vulkan has no fused multiply-add.
 */
const accessCost = (width: number) => 8 * (4 + 4 * width);
const productCost = 2;

export interface ImageSize {
  readonly lanes: number;
  readonly sourceChannels: number;
  readonly resultChannels: number;
  /** [kernel height, kernel width] */
  readonly size: readonly [number, number];
  /** Taps may slide along rows, with so many result columns after the last source column. */
  readonly sliding: { readonly right: number } | undefined;
  /** Every result row takes its source rows at one stride, so that filter rows can be merged. */
  readonly mergeable: boolean;
  readonly bias: boolean;
}

/** Whether the taps of a row slide: at stride 1, few enough, and with less padding on either side than taps. */
export function canSlide(taps: number, across: number, left: number, right: number): boolean {
  return across === 1 && taps >= 2 && taps <= mostTaps && left < taps && right < taps;
}

/** The block that needs the fewest instructions for a source pixel. */
export function imageBlock({ lanes, sourceChannels, resultChannels, size, sliding, mergeable, bias }: ImageSize) {
  const [kernelHeight, kernelWidth] = size;
  const taps = sliding ? kernelWidth : 1;
  let best: { readonly block: ImageBlock; readonly cost: number } | undefined;
  for (const columnWidth of widths.filter((width) => resultChannels % width === 0)) {
    const columns = resultChannels / columnWidth;
    const columnBlocks = Math.ceil(columns / lanes);
    for (const slotWidth of widths.filter((width) => sourceChannels % width === 0)) {
      const mostLoads = Math.floor(mostHeld(lanes) / (taps * columnWidth * lanes * slotWidth));
      for (const mergedRows of sliding && mergeable && kernelHeight > 1 ? [false, true] : [false]) {
        const loads = Math.ceil((mergedRows ? kernelHeight * sourceChannels : sourceChannels) / (lanes * slotWidth));
        const passes = Math.ceil(loads / Math.max(1, mostLoads));
        const slotLoads = Math.ceil(loads / passes);
        const onePass = sliding !== undefined && passes === 1 && (mergedRows || kernelHeight === 1);
        const products = taps * columnWidth * lanes * slotWidth * slotLoads;
        const cost =
          columnBlocks *
          passes *
          (mergedRows ? 1 : kernelHeight) *
          (slotLoads * accessCost(slotWidth) + products * productCost + (onePass ? 1 : 2) * accessCost(columnWidth));
        if (mostLoads > 0 && (best === undefined || cost < best.cost)) {
          const guarded = columns % lanes !== 0;
          const right = sliding?.right ?? 0;
          const block = { lanes, taps, right, slotWidth, slotLoads, columnWidth, mergedRows, onePass, guarded, bias };
          best = { block, cost };
        }
      }
    }
  }
  // A width of 1 divides all, and with it a load fits.
  return (best as { readonly block: ImageBlock }).block;
}

export interface FilterSize {
  readonly lanes: number;
  /** Taps that slide, or 1. */
  readonly taps: number;
  readonly inWidth: number;
  readonly inChannels: number;
  readonly outChannels: number;
}

/** The block that needs the fewest instructions for its pixels, of which there are no more than in a row. */
export function filterBlock({ lanes, taps, inWidth, inChannels, outChannels }: FilterSize): FilterBlock {
  const pixels = inWidth > 2 ? 4 : inWidth;
  const candidates = widths
    .filter((width) => outChannels % width === 0)
    .flatMap((columnWidth) =>
      widths
        .filter((width) => inChannels % width === 0)
        .map((slotWidth) => {
          const sums = lanes * slotWidth * taps * columnWidth;
          const blocks = Math.ceil(inChannels / (lanes * slotWidth)) * Math.ceil(outChannels / (lanes * columnWidth));
          const accesses = pixels * (accessCost(slotWidth) + accessCost(columnWidth));
          return {
            block: { lanes, taps, pixels, slotWidth, columnWidth },
            products: sums * pixels,
            // A sum is read, masked and written once for all pixels.
            cost: blocks * (accesses + sums * (pixels * productCost + 3)),
          };
        }),
    )
    .filter(({ products }) => products <= mostProducts(lanes));
  return candidates.reduce((best, candidate) => (candidate.cost < best.cost ? candidate : best)).block;
}
