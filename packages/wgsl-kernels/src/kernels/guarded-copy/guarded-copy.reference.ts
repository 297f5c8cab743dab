export interface GuardedCopyInput {
  /** [n] */
  readonly source: Float32Array;
  /** [n] */
  readonly target: Float32Array;
  readonly loss: number;
}

/** What `createGuardedCopy` leaves in the target. */
export function guardedCopyReference({ source, target, loss }: GuardedCopyInput): Float32Array {
  return Number.isFinite(loss) ? source.slice() : target.slice();
}
