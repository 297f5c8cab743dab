import { runConfigSchema } from '../../run/config.ts';
import type { ReportContext } from '../context.ts';
import { integer, withPrefix } from '../format.ts';
import { element, type Markup } from '../markup.ts';
import { details, table } from '../table.ts';
import { section } from './section.ts';

/** Everything that is needed to judge or to repeat the run. */
export function protocolSection({ record }: ReportContext): Markup {
  const { environment, data, backbone, config, readings } = record;
  const defaults = new Map(flatten(runConfigSchema.parse({})));
  return section(
    'protocol',
    'How this run was made',
    'Where the paper leaves something open, the reading taken is listed; every reading is an option.',
    table(
      'Readings taken',
      [{ head: 'Option' }, { head: 'Value' }, { head: 'Meaning' }],
      readings.map(({ option, value, meaning }) => [element('code', {}, option), element('code', {}, value), meaning]),
    ),
    details(
      'All options',
      table(
        'Options of this run; bold where they differ from the defaults',
        [{ head: 'Option' }, { head: 'Value' }],
        flatten(config).map(([option, value]) => [
          element('code', {}, option),
          element(defaults.get(option) === value ? 'span' : 'strong', {}, value),
        ]),
      ),
    ),
    details(
      'Machine and software',
      table(
        'Environment',
        [{ head: 'What' }, { head: 'Value' }],
        [['csx', record.csxVersion], ...flatten(environment).filter(([key]) => !key.startsWith('wgslHashes.'))],
      ),
    ),
    details(
      'Data, network and hashes',
      table(
        'Data and network',
        [{ head: 'What' }, { head: 'Value' }],
        [
          ['data', data.name],
          [
            'training images of each class',
            data.classNames.map((name, k) => `${name} ${integer(data.classCounts[k])}`).join(', '),
          ],
          ['channel means', data.channelMean.join(', ')],
          ['channel deviations', data.channelStd.join(', ')],
          ['parameters', integer(backbone.parameterCount)],
          ['latent size', integer(backbone.latentSize)],
          ['operations of a forward pass, per image', withPrefix(backbone.forwardFlopPerImage, 'FLOP')],
          ['operations of a training step, per image', withPrefix(backbone.trainFlopPerImage, 'FLOP')],
        ],
      ),
      table(
        'SHA-256',
        [{ head: 'Of' }, { head: 'Hash' }],
        [
          ...Object.entries(data.hashes),
          [data.splitFile, data.splitHash],
          ...Object.entries(environment.wgslHashes).map(([kernel, hash]) => [`WGSL of ${kernel}`, hash]),
        ].map(([of, hash]) => [of, element('code', {}, hash)]),
      ),
    ),
  );
}

/** Nested options as dotted names; lists of plain values on one line. */
function flatten(value: unknown, path = ''): [string, string][] {
  const isPlain = (item: unknown) => typeof item !== 'object' || item === null;
  if (isPlain(value)) return [[path, String(value)]];
  if (Array.isArray(value)) {
    return [
      [path, value.map((item) => (isPlain(item) ? String(item) : Object.values(item).join('\u2013'))).join(', ')],
    ];
  }
  return Object.entries(value as Record<string, unknown>)
    .filter(([, item]) => item !== undefined)
    .flatMap(([key, item]) => flatten(item, path === '' ? key : `${path}.${key}`));
}
