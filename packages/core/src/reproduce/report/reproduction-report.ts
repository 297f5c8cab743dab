import { counted, integer } from '../../report/format.ts';
import { networkName } from '../../report/headline.ts';
import { htmlDocument } from '../../report/html-document.ts';
import { element, type Markup } from '../../report/markup.ts';
import { pageCss } from '../../report/page-css.ts';
import { pageHeader } from '../../report/page-header.ts';
import type { JobPlan } from '../job-plan.ts';
import type { Reproduction } from '../reproduction.ts';
import { type ExperimentName, experimentNames } from '../studies.ts';
import { studyOutcomes } from '../study-outcomes.ts';
import { ablationSection } from './ablation-section.ts';
import { classSpecificSection } from './class-specific-section.ts';
import { figure1Section } from './figure1.ts';
import { figure2Section } from './figure2.ts';
import { figure3Section } from './figure3.ts';
import type { PageContext } from './page-context.ts';
import { protocolSection } from './protocol-section.ts';
import { verdictCounts, verdictSection } from './verdict-section.ts';

interface PageSection {
  readonly id: string;
  readonly name: string;
  /** Drawn where it was asked for; always if it names none. */
  readonly experiment?: ExperimentName;
  readonly draw: (context: PageContext) => Markup | null;
}

/** The order of the page. */
const sections: readonly PageSection[] = [
  { id: 'verdicts', name: 'Claims', draw: verdictSection },
  { id: 'figure-3', name: 'Class pairs', experiment: 'fig3', draw: figure3Section },
  { id: 'figure-1', name: 'Five pairs', experiment: 'fig1', draw: figure1Section },
  { id: 'class-specific', name: 'Class-specific', experiment: 'class-specific', draw: classSpecificSection },
  { id: 'figure-2', name: 'Fewer images', experiment: 'fig2', draw: figure2Section },
  { id: 'ablation', name: 'Readings', experiment: 'ablation', draw: ablationSection },
  { id: 'protocol', name: 'Protocol', draw: protocolSection },
];

const rules = `
.verdict{display:inline-block;padding:2px 9px;border-radius:11px;font-size:12.5px;font-weight:600;white-space:nowrap;border:1px solid currentColor}
.verdict.held{color:var(--part-latent)}
.verdict.failed{color:var(--heat-wrong)}
.verdict.open{color:var(--soft)}
.part{display:flex;justify-content:space-between;gap:14px;font-size:13px;padding-left:9px;border-left:3px solid var(--rule);margin-bottom:3px}
.part.held{border-color:var(--part-latent)}
.part.failed{border-color:var(--heat-wrong)}
.part span+span{color:var(--soft);white-space:nowrap}
.rules{margin:0;padding-left:18px;font-size:14.5px;max-width:62em}
.rules li{margin-bottom:8px}
section section{padding-top:32px}
section section h2{font-size:19px}
.strip{display:block;image-rendering:pixelated;margin-top:4px;border-radius:4px}
.seed{fill:var(--series);opacity:.45}
svg .group{font-size:12.5px;font-weight:600}
.claim{min-width:21em}
`;

/**
 * The page of a reproduction as one HTML document: no script, no external resource, light and dark, printable.
 * @param plan of the reproduction's settings.
 */
export function renderReproduction(plan: JobPlan, reproduction: Reproduction): string {
  const context: PageContext = { reproduction, studies: studyOutcomes(plan, reproduction.outcomes) };
  const { experiments } = reproduction.settings;
  const shown = sections.filter(({ experiment }) => experiment === undefined || experiments.includes(experiment));
  const drawn = shown.flatMap((one) => {
    const markup = one.draw(context);
    return markup === null ? [] : [{ ...one, markup }];
  });
  return htmlDocument(
    {
      title: `csx reproduce: ${network(reproduction)}, ${counted(reproduction.settings.seeds.length, 'seed')}`,
      generator: `csx ${reproduction.csxVersion}`,
      style: `${pageCss}${rules}`,
    },
    pageHead(reproduction, drawn),
    element(
      'main',
      {},
      drawn.map(({ markup }) => markup),
    ),
    element(
      'footer',
      {},
      `Made by csx ${reproduction.csxVersion}. All figures stand in reproduce.json beside this page.`,
    ),
  );
}

const network = ({ settings }: Reproduction): string => networkName({ config: settings.base });

function pageHead(reproduction: Reproduction, drawn: readonly PageSection[]): Markup {
  const { settings, outcomes, missing, verdicts, data } = reproduction;
  const { seeds, base, experiments } = settings;
  const { method } = base;
  const engines = new Set(outcomes.map(({ trainingEngine }) => trainingEngine));
  const facts: [string, string][] = [
    ['Data', data.name],
    ['Network', network(reproduction)],
    ['Retraining', method.retraining === 'joint' ? 'joint: the whole network' : 'head: the last layer'],
    ['Seeds', integer(seeds.length)],
    ['Epochs', `${base.backbone.epochs}, then ${method.iterations} rounds of ${method.epochsPerIteration}`],
    ['Training', engines.size === 0 ? '\u2013' : [...engines].join(', ')],
    [
      'Experiments',
      experiments.length === experimentNames.length ? 'all of the paper, and the ablation' : experiments.join(', '),
    ],
  ];
  const state =
    missing.length === 0
      ? ''
      : `${counted(missing.length, 'job')} of ${missing.length + outcomes.length} ${missing.length === 1 ? 'is' : 'are'} not done yet; this page shows what there is.`;
  const held = verdicts.length === 0 ? '' : `Of ${counted(verdicts.length, 'claim')}, ${verdictCounts(verdicts)}.`;
  return pageHeader({
    eyebrow: 'Class Specific Biased Extrapolation of Images in Latent Space',
    title: `The paper\u2019s experiments, done again with ${counted(seeds.length, 'seed')}`,
    headlines: [held, state].filter((text) => text !== ''),
    caveat:
      'Every arm, none included, is trained for the same epochs after the first ones; the control is the network before them. What the paper leaves open is read as the protocol says, so a claim that does not hold here may have held under another reading.',
    facts,
    sections: drawn,
  });
}
