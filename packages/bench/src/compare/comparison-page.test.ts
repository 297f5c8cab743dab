import { expect, it } from 'vitest';
import { readElements } from '../../../core/test/support/read-elements.ts';
import { candidateOf, firstCase, named, smallRecord } from '../../test/support/small-records.ts';
import type { BenchRecord } from '../record.ts';
import { compareRecords } from './compare-records.ts';
import { comparisonJson } from './comparison-json.ts';
import { renderComparisonPage } from './comparison-page.ts';
import { renderComparison } from './comparison-table.ts';
import { parseNotes } from './notes.ts';

function inputOf(records: readonly BenchRecord[], notes: Readonly<Record<string, string>> = {}) {
  const all = named(...records);
  return {
    records: all,
    comparison: compareRecords(all, 'A'),
    notes: parseNotes('notes.json', JSON.stringify(notes), all),
  };
}

function withPeaks(record: BenchRecord): BenchRecord {
  record.peaks.push(
    { device: 'adapter', name: 'swiftshader', gflopPerSecond: 10, gbytePerSecond: 5, how: 'probes' },
    { device: 'cpu', name: 'AMD EPYC', gflopPerSecond: null, gbytePerSecond: null, how: 'none' },
  );
  return record;
}

/** With all that a record may have, a library beside csx, and something that is not compared. */
function fullInput() {
  const records = (['node-swiftshader', 'bun-swiftshader', 'node-lavapipe'] as const).map((name, i) => {
    const record = smallRecord(name);
    const library = structuredClone(candidateOf(record, 'csx-gpu'));
    firstCase(record).candidates.push({ ...library, name: 'tfjs-webgpu', title: 'TensorFlow.js', wgsl: {} });
    candidateOf(record, 'csx-gpu').endToEnd = candidateOf(record, 'csx-gpu').timing;
    if (i === 2) candidateOf(record, 'csx-gpu').variant = 'tiled';
    return i === 0 ? withPeaks(record) : record;
  });
  return inputOf(records, { nearest: 'The reason.' });
}

const emptyRecord = () => {
  const record = smallRecord('node-swiftshader');
  record.results = [];
  record.adapter = null;
  return record;
};

const pages = {
  full: fullInput,
  'nothing in common': () => inputOf([smallRecord('node-swiftshader'), emptyRecord()]),
  'nothing at all': () => inputOf([emptyRecord(), emptyRecord()]),
};

it.each(Object.entries(pages))(
  '%s: a well-formed page that needs nothing from outside and stays the same',
  (_, make) => {
    const html = renderComparisonPage(make());
    const elements = readElements(html);
    const ids = elements.flatMap(({ attributes }) => attributes.get('id') ?? []);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { attributes } of elements) {
      const references = [
        ...(attributes.get('aria-labelledby')?.split(' ') ?? []),
        ...(attributes.get('href') === undefined ? [] : [attributes.get('href')?.slice(1)]),
        ...(attributes
          .get('clip-path')
          ?.match(/#([\w-]+)/)
          ?.slice(1) ?? []),
      ];
      for (const reference of references) expect(ids).toContain(reference);
    }
    elements.forEach((one, index) => {
      if (one.name !== 'svg') return;
      expect(elements[index + 1].name).toBe('title');
      if (one.attributes.get('aria-hidden') !== 'true') expect(elements[index + 2].name).toBe('desc');
    });
    expect(html).not.toMatch(/NaN|undefined|Infinity|\[object|\bnull\b/);
    expect(html).not.toMatch(/<script|<link|<img|<iframe|\son\w+=|url\((?!#)|https?:|@import/);
    expect(renderComparisonPage(make())).toBe(html);
    expect(comparisonJson(make())).toBe(comparisonJson(make()));
  },
);

it('says who is compared, with what result, why, and what is not', () => {
  const html = renderComparisonPage(fullInput());
  for (const text of [
    'llvmpipe (software: computes on the CPU)',
    'AMD EPYC, 2 cores; 2 threads',
    'adapter: 10.0 GFLOP/s, 5.00 GB/s (probes); CPU: arithmetic not measured, bandwidth not measured (none)',
    'at most 8, at least 3, within 120 s; one takes at least 20.0 ms',
    'The reason.',
    'end to end',
    'other variant: none in A, tiled in C',
    'Beside csx: TensorFlow.js',
    // 512e6 FLOP and 2 000 * 128 * 4 + 8000 bytes.
    '248',
  ]) {
    expect(html).toContain(text);
  }
  expect(renderComparisonPage(inputOf([smallRecord('node-swiftshader'), smallRecord('node-lavapipe')]))).not.toContain(
    'Why, where known',
  );
});

it('escapes whatever records, files and notes say', () => {
  const evil = '<b>&"\'</b><script>alert(1)</script>';
  const [one, two] = [smallRecord('node-swiftshader'), smallRecord('bun-swiftshader')];
  for (const record of [one, two]) {
    Object.assign(record.adapter ?? {}, { name: evil, description: evil });
    Object.assign(firstCase(record), { suite: evil, name: evil });
    Object.assign(candidateOf(record, 'csx-gpu'), { title: evil });
  }
  candidateOf(two, 'csx-gpu').variant = evil;
  const html = renderComparisonPage(inputOf([one, two], { A: evil, [evil]: evil }));
  expect(html).not.toContain('<script');
  expect(html).not.toContain('<b>&amp;');
  expect(html).toContain('&lt;script&gt;');
  readElements(html);
});

it('prints a table with the same figures, colored on request only, and what is not compared last', () => {
  const { records, comparison } = fullInput();
  const text = renderComparison(records, comparison, false);
  expect(text).toMatch(/^A {2}node .*swiftshader.* \(software\), 0\.json \(baseline\)\nB {2}bun/);
  expect(text).toMatch(
    /nearest: csx on WebGPU, warm\n.*A +B \/ A +C \/ A\n {2}1000 x 1000 x 128 +377 ms +1\.10 \(0\.878 to 1\.46\) +no difference +-\n/,
  );
  expect(text.trimEnd()).toMatch(
    /Not compared\n {2}C: nearest, csx on WebGPU: other variant: none in A, tiled in C\n {4}1000 x 1000 x 128$/,
  );
  const escapeCode = String.fromCharCode(27);
  expect(text).not.toContain(escapeCode);
  const colored = renderComparison(records, comparison, true);
  expect(colored).toContain(`${escapeCode}[32m`);
  expect(colored.replaceAll(new RegExp(`${escapeCode}\\[\\d+m`, 'g'), '')).toBe(text);
});
