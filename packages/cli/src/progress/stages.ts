/** What a display shows: a run's events (RunEvent of core), and those of other long work, whose stages have other names. */
export type DisplayEvent =
  | { readonly kind: 'stage'; readonly stage: string; readonly message: string }
  | {
      readonly kind: 'progress';
      readonly stage: string;
      readonly done: number;
      readonly total: number;
      readonly unit: string;
      readonly detail?: string;
    }
  | { readonly kind: 'note'; readonly message: string };

/** Where a run is, as its events tell. Times in ms of the clock that `follow` is given. */
export interface StageState {
  readonly stage: string;
  readonly message: string;
  readonly startedAt: number;
  readonly progress?: {
    readonly done: number;
    readonly total: number;
    readonly unit: string;
    readonly detail: string;
    /** Units a second since the stage began to count; 0 until that can be told. */
    readonly rate: number;
    /** Undefined until the rate is known. */
    readonly leftMs: number | undefined;
  };
}

/** Moments of the last seconds, from which the rate is taken: a resumed stage starts in the middle, and speeds change. */
const windowMs = 30_000;

/** Follows one stage after another; `event` returns the state after it, undefined before the first stage. */
export function createStageFollower(): {
  event(event: DisplayEvent, now: number): StageState | undefined;
} {
  let state: StageState | undefined;
  let points: { at: number; done: number }[] = [];
  return {
    event(event, now) {
      if (event.kind === 'note') return state;
      if (event.kind === 'stage') {
        points = [];
        state = { stage: event.stage, message: event.message, startedAt: now };
        return state;
      }
      if (state === undefined || state.stage !== event.stage) {
        points = [];
        state = { stage: event.stage, message: '', startedAt: now };
      }
      const { done, total, unit, detail = '' } = event;
      const last = points[points.length - 1];
      // Counting begins anew within a stage (another epoch, another arm).
      if (last !== undefined && done < last.done) points = [];
      points.push({ at: now, done });
      while (points.length > 2 && points[1].at < now - windowMs) points.shift();
      const first = points[0];
      const rate = now > first.at ? ((done - first.done) * 1000) / (now - first.at) : 0;
      const leftMs = rate > 0 ? ((total - done) * 1000) / rate : undefined;
      state = { ...state, progress: { done, total, unit, detail, rate, leftMs } };
      return state;
    },
  };
}
