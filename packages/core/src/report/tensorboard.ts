import { type ScalarEvent, writeEventFile } from '../files/event-file.ts';
import type { Evaluation, RunRecord } from '../run/record.ts';

const figures = [
  'accuracy',
  'balancedAccuracy',
  'minorRecall',
  'macroF1',
  'gMean',
  'mcc',
  'ece',
  'meanAveragePrecision',
] as const satisfies readonly (keyof Evaluation)[];

const measures = ['loss', 'accuracy', 'learningRate'] as const;

/**
 * A run for TensorBoard: for the backbone and for each arm a folder with an event file. Steps are epochs, counted through
 * from the first on images; figures on the test images stand at the last one.
 * @returns file name -> bytes
 */
export function tensorboardFiles(record: RunRecord): Map<string, Uint8Array<ArrayBuffer>> {
  const wallTime = Date.parse(record.timing.startedAt) / 1000;
  const first = record.backbone.epochs.length;
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  const add = (series: string, events: readonly ScalarEvent[]) =>
    // TensorBoard knows event files by their names, and runs by their folders.
    files.set(
      `tensorboard/${series}/events.out.tfevents.${Math.floor(wallTime)}.csx`,
      writeEventFile(events, wallTime),
    );
  add('backbone', [...epochEvents(record.backbone.epochs, 0), ...testEvents(record.control, first)]);
  for (const { name, epochs, evaluation } of record.arms)
    add(name, [...epochEvents(epochs, first), ...testEvents(evaluation, first + epochs.length)]);
  return files;
}

function epochEvents(epochs: RunRecord['backbone']['epochs'], before: number): ScalarEvent[] {
  return epochs.flatMap((epoch, at) =>
    measures.map((measure) => ({ tag: `training/${measure}`, step: before + at + 1, value: epoch[measure] })),
  );
}

function testEvents(evaluation: Evaluation, step: number): ScalarEvent[] {
  return [
    ...figures.map((figure) => ({ tag: `test/${figure}`, step, value: evaluation[figure] })),
    ...evaluation.pairs.map(({ minor, major, averagePrecision }) => ({
      tag: `test/averagePrecision/${minor}-${major}`,
      step,
      value: averagePrecision,
    })),
  ];
}
