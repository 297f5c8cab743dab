import { InvalidOptionError } from '../../errors.ts';
import type { Session } from '../../session/session.ts';
import { broadcastLanes, requireBroadcastLanes } from '../broadcast-lanes.ts';

/**
 * How all rows of one matrix meet all of another. `plain`: registers only, for software adapters without subgroups. `tiled`:
 * register tiles fed from workgroup memory, for GPUs. `broadcast`: subgroup broadcasts and no barrier, for software Vulkan.
 */
export const productVariants = ['plain', 'tiled', 'broadcast'] as const;
export type ProductVariant = (typeof productVariants)[number];

/** The variant for an adapter. */
export function defaultProductVariant(session: Session): ProductVariant {
  if (!session.isSoftware) return 'tiled';
  return broadcastLanes(session) === undefined ? 'plain' : 'broadcast';
}

/** Whether the session's device can run a variant. */
export function isProductVariantPossible(session: Session, variant: ProductVariant): boolean {
  return variant !== 'broadcast' || broadcastLanes(session) !== undefined;
}

/** Throws InvalidOptionError for a variant that there is not, or that the session's device cannot run. */
export function checkProductVariant(
  kernel: string,
  session: Session,
  variant: string,
): asserts variant is ProductVariant {
  if (!productVariants.some((name) => name === variant)) {
    throw new InvalidOptionError(
      `${kernel}: variant is ${String(variant)}, expected one of ${productVariants.join(', ')}`,
    );
  }
  if (variant === 'broadcast') requireBroadcastLanes(kernel, session, 'plain');
}

/** The next multiple of `unit`. */
export const roundUp = (value: number, unit: number) => Math.ceil(value / unit) * unit;
