/** The parts of a run, in order; `arms` and `evaluation` may alternate. */
export type RunStage = 'data' | 'backbone' | 'projection' | 'pairing' | 'arms' | 'evaluation' | 'report';

/** What a run tells while it works. Plain data: whoever shows it decides how. */
export type RunEvent =
  /** A stage begins. */
  | { readonly kind: 'stage'; readonly stage: RunStage; readonly message: string }
  /** How far the stage is: `done` of `total`, counted in `unit`; `detail` holds figures such as the loss. */
  | {
      readonly kind: 'progress';
      readonly stage: RunStage;
      readonly done: number;
      readonly total: number;
      readonly unit: string;
      readonly detail?: string;
    }
  /** Something a reader should know, such as a clipped share or a fallback. */
  | { readonly kind: 'note'; readonly message: string };
