import type { RunRecord } from '../run/record.ts';
import type { ReportContext } from './context.ts';
import { counted, fixed, integer, listed, percent } from './format.ts';
import { seriesLabel } from './series-style.ts';

const networks: Readonly<Record<RunRecord['config']['backbone']['name'], string>> = {
  vgg19: 'VGG19',
  resnet20: 'ResNet-20',
  resnet32: 'ResNet-32',
  small: 'a small network',
};

/** The network with the multiplier of its channels, e.g. "VGG19 × 0.25". */
export function networkName({ config }: Pick<RunRecord, 'config'>): string {
  const { name, width } = config.backbone;
  return width === 1 ? networks[name] : `${networks[name]} \u00d7 ${width}`;
}

/** What the rounds train. */
export function retrainingName({ config }: RunRecord): string {
  return config.method.retraining === 'joint'
    ? 'joint: the whole network, on images too'
    : 'head: the last layer, on fixed latents';
}

/** The page's title: network, data and how uneven they are. */
export function reportTitle({ record, minors }: ReportContext): string {
  const counts = (wanted: boolean) =>
    record.data.classCounts.filter((_, k) => minors.has(record.data.classNames[k]) === wanted);
  return `${record.data.name}: ${countRange(counts(true))} images of a minor class against ${countRange(counts(false))} of a major one`;
}

function countRange(counts: readonly number[]): string {
  if (counts.length === 0) return 'no';
  const [low, high] = [Math.min(...counts), Math.max(...counts)];
  return low === high ? integer(low) : `${integer(low)} to ${integer(high)}`;
}

/**
 * The main result in one sentence: what the arm with the highest minor recall, of those other than
 * `none`, changed against `none` and against the control, in recall and in average precision.
 */
export function headlineSentence({ record }: ReportContext): string {
  const none = record.arms.find(({ name }) => name === 'none');
  const others = record.arms.filter(({ name }) => name !== 'none');
  const { control } = record;
  const best = others.reduce<(typeof others)[number] | undefined>(
    (top, arm) => (top === undefined || arm.evaluation.minorRecall > top.evaluation.minorRecall ? arm : top),
    undefined,
  );
  const controlRecall = control.minorRecall;
  if (best === undefined) {
    const { evaluation } = record.arms[0];
    return `Without synthetic latents, the rounds of training took the mean recall of the minor classes from ${percent(controlRecall)} (control) to ${percent(evaluation.minorRecall)}, and mean average precision from ${fixed(control.meanAveragePrecision, 3)} to ${fixed(evaluation.meanAveragePrecision, 3)}.`;
  }
  const name = seriesLabel(best.name);
  const recall = best.evaluation.minorRecall;
  const ap = best.evaluation.meanAveragePrecision;
  const controlPart = `${points(recall - controlRecall)} the control (${percent(controlRecall)})`;
  if (none === undefined) {
    return `The arm ${name} gave the minor classes a mean recall of ${percent(recall)}, ${controlPart}; its mean average precision, ${fixed(ap, 3)}, is ${areaDifference(ap - control.meanAveragePrecision)} the control.`;
  }
  const noneRecall = none.evaluation.minorRecall;
  const opening =
    recall > noneRecall
      ? `The arm ${name} gave the minor classes the highest mean recall, ${percent(recall)}`
      : `No other arm gave the minor classes a higher mean recall than none; the closest, ${name}, reached ${percent(recall)}`;
  return `${opening}: ${points(recall - noneRecall)} none (${percent(noneRecall)}) and ${controlPart}; its mean average precision, ${fixed(ap, 3)}, is ${areaDifference(ap - none.evaluation.meanAveragePrecision)} none and ${areaDifference(ap - control.meanAveragePrecision)} the control.`;
}

/** What one run cannot say, and what the words mean. */
export function headlineCaveat({ record }: ReportContext): string {
  const epochs = record.backbone.epochs.length;
  const { iterations, epochsPerIteration } = record.config.method;
  return `This is one run with one seed: differences of this size can be chance, and none is claimed to be significant. Every arm, none included, is trained for the same ${counted(iterations, 'round')} of ${counted(epochsPerIteration, 'epoch')} after the first ${counted(epochs, 'epoch')} on images; the control is the network before these rounds.`;
}

function points(difference: number): string {
  const size = fixed(Math.abs(100 * difference), 1);
  if (Number(size) === 0) return 'level with';
  return `${size} points ${difference > 0 ? 'above' : 'below'}`;
}

function areaDifference(difference: number): string {
  const size = fixed(Math.abs(difference), 3);
  if (Number(size) === 0) return 'level with';
  return `${size} ${difference > 0 ? 'above' : 'below'}`;
}

/** The class pairs as words, minor first; no line breaks within a pair. */
export function pairNames(pairs: readonly { readonly minor: string; readonly major: string }[]): string {
  return listed(pairs.map(({ minor, major }) => `${minor}\u2060\u2013\u2060${major}`));
}
