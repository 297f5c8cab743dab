import type { Session } from '../../session/session.ts';
import { broadcastLanes } from '../broadcast-lanes.ts';
import { broadcastPrograms } from './convolution.broadcast.ts';
import type { ConvolutionPrograms } from './convolution.program.ts';
import { tiledFilterGradient, tiledForward, tiledInputGradient } from './convolution.tiled.wgsl.ts';

const tiledPrograms: ConvolutionPrograms = {
  forward: tiledForward,
  inputGradient: tiledInputGradient,
  filterGradient: tiledFilterGradient,
};

/**
 * `tiled`: register tiles fed from workgroup memory, for GPUs; `broadcast`: subgroup broadcasts and no barrier, for
 * software Vulkan. Throws InvalidOptionError for a variant that the session's device cannot run.
 */
export const convolutionVariants = {
  tiled: () => tiledPrograms,
  broadcast: broadcastPrograms,
} as const satisfies Record<string, (session: Session) => ConvolutionPrograms>;

export type ConvolutionVariant = keyof typeof convolutionVariants;

/** The variant for an adapter. */
export function defaultConvolutionVariant(session: Session): ConvolutionVariant {
  return session.isSoftware && broadcastLanes(session) !== undefined ? 'broadcast' : 'tiled';
}
