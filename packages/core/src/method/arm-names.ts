/** Ways to choose and place synthetic samples, and none; algorithm1 and algorithm2 decide per class pair. */
export const extrapolationArmNames = [
  'none',
  'random',
  'top',
  'bottom',
  'asymmetric',
  'algorithm1',
  'algorithm2',
] as const;

/** Arms that make no synthetic samples, and train with another loss. */
export const lossArmNames = ['class-weights', 'focal', 'ldam-drw', 'asymmetric-margin', 'logit-adjustment'] as const;

/** All that a run can compare. */
export const armNames = [...extrapolationArmNames, ...lossArmNames] as const;

export type LossArm = (typeof lossArmNames)[number];
export type ArmName = (typeof armNames)[number];

/** Whether an arm differs from `none` by its loss alone. */
export function isLossArm(arm: ArmName): arm is LossArm {
  return (lossArmNames as readonly ArmName[]).includes(arm);
}

/** Whether an arm makes synthetic samples. */
export function makesSamples(arm: ArmName): boolean {
  return arm !== 'none' && !isLossArm(arm);
}
