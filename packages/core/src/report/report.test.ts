import { describe, expect, it } from 'vitest';
import { type MadeUpOptions, madeUpExtras, madeUpRecord } from '../../test/support/made-up-record.ts';
import { readElements } from '../../test/support/read-elements.ts';
import { armNames } from '../run/config.ts';
import { reportContext } from './context.ts';
import { reportExtrasSchema } from './extras.ts';
import { headlineSentence } from './headline.ts';
import { renderReport } from './report.ts';

const cases: Record<string, MadeUpOptions> = {
  'one arm, one pair, two classes': {
    classNames: ['cat', 'dog'],
    classPairs: [{ minor: 'cat', major: 'dog' }],
    arms: ['none'],
  },
  'only asymmetric': { arms: ['asymmetric'], testCount: 20 },
  'all arms, five pairs, ten classes': { arms: [...armNames], testCount: 200 },
  'no test images': { testCount: 0 },
  'one test image a class': { testCount: 1 },
  'two minors with one major': {
    classNames: ['a', 'b', 'c'],
    classPairs: [
      { minor: 'a', major: 'c' },
      { minor: 'b', major: 'c' },
    ],
  },
  'forty classes': {
    classNames: Array.from({ length: 40 }, (_, k) => `a rather long class name ${k}`),
    classPairs: [{ minor: 'a rather long class name 0', major: 'a rather long class name 39' }],
    arms: ['none', 'asymmetric'],
    testCount: 5,
  },
};

const sections = [
  'result',
  'curves',
  'areas',
  'roc',
  'recall',
  'confusion',
  'calibration',
  'latents',
  'placement',
  'pairs',
  'cost',
  'training',
  'protocol',
];

describe('report', () => {
  describe.each(Object.entries(cases))('%s', (_, options) => {
    const record = madeUpRecord({ testCount: 50, ...options });
    const extras = madeUpExtras(record);
    const html = renderReport({ record, extras });

    it('is well-formed, with unique ids that all references reach', () => {
      const elements = readElements(html);
      const ids = elements.flatMap(({ attributes }) => attributes.get('id') ?? []);
      expect(new Set(ids).size).toBe(ids.length);
      for (const { attributes } of elements) {
        const references = [
          ...(attributes.get('aria-labelledby')?.split(' ') ?? []),
          ...(attributes.get('href')?.startsWith('#') ? [attributes.get('href')!.slice(1)] : []),
          ...(attributes
            .get('clip-path')
            ?.match(/#([\w-]+)/)
            ?.slice(1) ?? []),
        ];
        for (const reference of references) expect(ids).toContain(reference);
      }
      for (const id of sections) expect(ids).toContain(id);
    });

    it('gives every picture a title, and every plot a description', () => {
      const elements = readElements(html);
      elements.forEach((one, index) => {
        if (one.name !== 'svg') return;
        expect(elements[index + 1].name).toBe('title');
        if (one.attributes.get('aria-hidden') !== 'true') expect(elements[index + 2].name).toBe('desc');
      });
    });

    it('shows no value that is none, needs nothing from outside, runs nothing and stays small', () => {
      expect(html).not.toMatch(/NaN|undefined|Infinity|\[object|\bnull\b/);
      expect(html).not.toMatch(/<script|<link|<img|<iframe|\son\w+=|url\((?!#)|https?:|@import/);
      expect(html.length).toBeLessThan(3 * 2 ** 20);
    });

    it('does not change from one rendering to the next', () => {
      expect(renderReport({ record, extras })).toBe(html);
    });
  });

  it('escapes whatever a class or an adapter is called', () => {
    const name = `<b>&"'</b><script>alert(1)</script>`;
    const record = madeUpRecord({
      classNames: [name, 'dog'],
      classPairs: [{ minor: name, major: 'dog' }],
      testCount: 30,
    });
    record.environment.latentOps.name = name;
    const html = renderReport({ record, extras: madeUpExtras(record) });
    expect(html).not.toContain('<script');
    expect(html).toContain('&lt;script&gt;');
    expect(readElements(html).filter(({ name: tag }) => tag === 'b').length).toBeGreaterThan(0);
    // Elements b of our own never hold the name's own markup.
    expect(html).not.toContain('<b>&amp;');
  });

  it('draws latents and weights only where a run kept them', () => {
    const record = madeUpRecord({ testCount: 20 });
    const without = renderReport({ record });
    expect(without).toContain('This run kept no latents to draw.');
    expect(without).not.toContain('class="diamonds');
    const extras = madeUpExtras(record);
    expect(reportExtrasSchema.parse(JSON.parse(JSON.stringify(extras)))).toEqual(extras);
    expect(renderReport({ record, extras }).match(/class="diamonds/g)?.length).toBe(extras.latentMaps.length);
  });

  it('tells how many rows the search for neighbors left to float64, where the record knows', () => {
    const record = madeUpRecord({ testCount: 20 });
    const told = /searched 18\u202f000 rows for their nearest, 27 of them \(0\.15\u202f%\) again in float64\./;
    expect(renderReport({ record })).toMatch(told);
    record.timing.pairingSearches = { queryCount: 18_000, recomputedCount: 0 };
    expect(renderReport({ record })).toContain('for their nearest, 0 of them again in float64.');
    delete record.timing.pairingSearches;
    expect(renderReport({ record })).toMatch(/ for pairing\. The whole run/);
  });

  it('shows every arm in every pair, and the boundary of each map', () => {
    const record = madeUpRecord({ testCount: 100 });
    const html = renderReport({ record, extras: madeUpExtras(record) });
    for (const arm of armNames) {
      // Two planes for each of the five pairs.
      const lines = readElements(html).filter(
        ({ name, attributes }) => name === 'path' && attributes.get('class') === `line series-${arm}`,
      );
      expect(lines.length).toBeGreaterThanOrEqual(10);
    }
    expect(html.match(/class="boundary final"/g)?.length).toBe(10);
  });
});

it('reports a record that is older than ROC curves and calibration', () => {
  const record = madeUpRecord({ testCount: 20, arms: ['none', 'random'] });
  for (const evaluation of [record.control, ...record.arms.map((arm) => arm.evaluation)]) {
    delete evaluation.calibration;
    for (const pair of evaluation.pairs) {
      delete pair.roc;
      delete pair.rocArea;
    }
  }
  const html = renderReport({ record });
  expect(html).toContain('The record of this run has no ROC curves.');
  expect(html).toContain('The record of this run has no bins of confidence.');
  expect(html).not.toMatch(/NaN|undefined/);
});

describe('headline', () => {
  const sentence = (change: (record: ReturnType<typeof madeUpRecord>) => void, options: MadeUpOptions = {}) => {
    const record = madeUpRecord({ testCount: 20, ...options });
    change(record);
    return headlineSentence(reportContext(record, { latentMaps: [], minorWeights: [] })).replaceAll('\u202f', ' ');
  };
  const set = (
    record: ReturnType<typeof madeUpRecord>,
    recalls: Record<string, number>,
    areas: Record<string, number>,
  ) => {
    for (const { name, evaluation } of [{ name: 'control', evaluation: record.control }, ...record.arms]) {
      evaluation.minorRecall = recalls[name];
      evaluation.meanAveragePrecision = areas[name];
    }
  };

  it('names the arm with the highest minor recall, and what it changed for better or worse', () => {
    const text = sentence(
      (record) =>
        set(
          record,
          { control: 0.598, none: 0.612, random: 0.689, asymmetric: 0.65 },
          { control: 0.9, none: 0.912, random: 0.905, asymmetric: 0.92 },
        ),
      { arms: ['none', 'random', 'asymmetric'] },
    );
    expect(text).toBe(
      'The arm random gave the minor classes the highest mean recall, 68.9 %: 7.7 points above none (61.2 %) and 9.1 points above the control (59.8 %); its mean average precision, 0.905, is 0.007 below none and 0.005 above the control.',
    );
  });

  it('says so where no arm helped', () => {
    const text = sentence(
      (record) => set(record, { control: 0.6, none: 0.7, random: 0.65 }, { control: 0.9, none: 0.9, random: 0.9 }),
      { arms: ['none', 'random'] },
    );
    expect(text).toContain('No other arm gave the minor classes a higher mean recall than none');
    expect(text).toContain('5.0 points below none');
    expect(text).toContain('level with none and level with the control');
  });

  it('does without none, and without any arm that extrapolates', () => {
    const values = { control: 0.6, none: 0.7, top: 0.5 };
    expect(sentence((record) => set(record, values, values), { arms: ['top'] })).toContain(
      '10.0 points below the control',
    );
    expect(sentence((record) => set(record, values, values), { arms: ['none'] })).toContain(
      'from 60.0 % (control) to 70.0 %',
    );
  });
});
