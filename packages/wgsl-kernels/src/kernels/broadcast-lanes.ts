import { InvalidOptionError } from '../errors.ts';
import type { Session } from '../session/session.ts';

/** Lanes of the subgroups that code is written out for; more would make it too long. */
const possibleLanes = [4, 8];

/** Lanes of every subgroup of the session's adapter, if it has subgroups that broadcast variants can use. */
export function broadcastLanes({ device }: Session): number | undefined {
  if (!device.features.has('subgroups')) return undefined;
  const { subgroupMinSize, subgroupMaxSize } = device.adapterInfo;
  return possibleLanes.find((lanes) => lanes === subgroupMinSize && lanes === subgroupMaxSize);
}

/** `broadcastLanes`. Throws InvalidOptionError where subgroups are missing or have another size than 4 or 8. */
export function requireBroadcastLanes(kernel: string, session: Session, instead: string): number {
  const lanes = broadcastLanes(session);
  if (lanes !== undefined) return lanes;
  const { subgroupMinSize, subgroupMaxSize } = session.device.adapterInfo;
  const got = session.device.features.has('subgroups') ? `${subgroupMinSize} to ${subgroupMaxSize}` : 'none';
  throw new InvalidOptionError(
    `${kernel}: variant broadcast needs subgroups of ${possibleLanes.join(' or ')} lanes, the device has ${got}`,
    { hint: `Use the variant ${instead}.` },
  );
}
