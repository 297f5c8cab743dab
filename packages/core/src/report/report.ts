import type { RunRecord } from '../run/record.ts';
import { type ReportContext, reportContext } from './context.ts';
import type { ReportExtras } from './extras.ts';
import { duration, integer } from './format.ts';
import { headlineCaveat, headlineSentence, networkName, pairNames, reportTitle, retrainingName } from './headline.ts';
import { htmlDocument } from './html-document.ts';
import { element, type Markup } from './markup.ts';
import { pageCss } from './page-css.ts';
import { pageHeader } from './page-header.ts';
import { areasSection } from './sections/areas.ts';
import { calibrationSection } from './sections/calibration.ts';
import { confusionSection } from './sections/confusion.ts';
import { costSection } from './sections/cost.ts';
import { curvesSection } from './sections/curves.ts';
import { latentsSection } from './sections/latents.ts';
import { pairsSection } from './sections/pairs.ts';
import { placementSection } from './sections/placement.ts';
import { protocolSection } from './sections/protocol.ts';
import { recallSection } from './sections/recall.ts';
import { resultSection } from './sections/result.ts';
import { rocSection } from './sections/roc.ts';
import { trainingSection } from './sections/training.ts';

export interface ReportInput {
  readonly record: RunRecord;
  /** Latent pictures and distributions of P; a run that kept none is reported without them. */
  readonly extras?: ReportExtras;
}

/** The order of the page, with the names that its table of contents shows. */
const sections: readonly {
  readonly id: string;
  readonly name: string;
  readonly draw: (context: ReportContext) => Markup;
}[] = [
  { id: 'result', name: 'Result', draw: resultSection },
  { id: 'curves', name: 'Precision and recall', draw: curvesSection },
  { id: 'areas', name: 'Areas', draw: areasSection },
  { id: 'roc', name: 'ROC', draw: rocSection },
  { id: 'recall', name: 'Recall', draw: recallSection },
  { id: 'confusion', name: 'Confusion', draw: confusionSection },
  { id: 'calibration', name: 'Calibration', draw: calibrationSection },
  { id: 'latents', name: 'Latents', draw: latentsSection },
  { id: 'placement', name: 'Placement', draw: placementSection },
  { id: 'pairs', name: 'Class pairs', draw: pairsSection },
  { id: 'cost', name: 'Cost', draw: costSection },
  { id: 'training', name: 'Training', draw: trainingSection },
  { id: 'protocol', name: 'Protocol', draw: protocolSection },
];

/**
 * The report of a run as one HTML document: no script, no external resource, light and dark,
 * printable; every plot has a title, a description and a table beside it.
 */
export function renderReport({ record, extras = { latentMaps: [], minorWeights: [] } }: ReportInput): string {
  const context = reportContext(record, extras);
  return htmlDocument(
    {
      title: `csx: ${record.data.name}, ${networkName(record)}, seed ${record.config.seed}`,
      generator: `csx ${record.csxVersion}`,
      style: pageCss,
    },
    pageHead(context),
    element(
      'main',
      {},
      sections.map(({ draw }) => draw(context)),
    ),
    element(
      'footer',
      {},
      `Made by csx ${record.csxVersion} from the run that started at ${record.timing.startedAt}. All figures stand in record.json beside this page.`,
    ),
  );
}

function pageHead(context: ReportContext): Markup {
  const { record } = context;
  const { environment, config } = record;
  const facts: [string, string][] = [
    ['Network', `${networkName(record)}, latents of ${record.backbone.latentSize}`],
    ['Retraining', retrainingName(record)],
    ['Test images', integer(record.control.confusion.flat().reduce((sum, count) => sum + count, 0))],
    ['Latent operations', environment.latentOps.name],
    ['Training', environment.trainingEngine],
    ['Runtime', `${environment.runtime}, ${environment.platform}`],
    ['Seed and preset', `${config.seed}, ${config.preset}`],
    ['Time', duration(record.timing.totalMs)],
    ['Class pairs (minor\u2013major)', pairNames(record.classPairs)],
  ];
  return pageHeader({
    eyebrow: 'Class-specific extrapolation in latent space',
    title: reportTitle(context),
    headlines: [headlineSentence(context)],
    caveat: headlineCaveat(context),
    facts,
    sections,
  });
}
