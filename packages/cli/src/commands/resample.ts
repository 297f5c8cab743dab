import { dirname, resolve } from 'node:path';
import type { LatentOps } from '@csx/core';
import type { ResampledFile, ResampleFileInput } from '@csx/core/files';
import type { Command } from '../args/command.ts';
import type { FlagValues } from '../args/flag.ts';
import { parseBytes } from '../args/parse-bytes.ts';
import { parseStrategy } from '../args/parse-strategy.ts';
import { splitMember } from '../args/split-member.ts';
import { UsageError } from '../args/usage-error.ts';
import { withProgress } from '../progress/with-progress.ts';
import { checkOutput } from '../run/check-output.ts';
import { openChosenOps } from '../run/open-chosen-ops.ts';
import { formatDuration, formatNumber } from '../terminal/text.ts';
import { methodFlags, resampleFlags } from './resample-flags.ts';

function inputOf(
  flags: FlagValues,
  shown: string,
  directory: string,
): ResampleFileInput & { readonly shownOut: string } {
  const text = (name: string) => flags.get(name) as string | undefined;
  const out = text('out');
  if (out === undefined) throw new UsageError('csx resample: --out is missing', { hint: 'such as -o balanced.npz' });
  const path = (file: string) => resolve(directory, file);
  const output = path(out);
  const logits = text('logits');
  const classifier = text('classifier');
  const labels = text('labels');
  const own = [...methodFlags].filter(([flag]) => flags.has(flag)).map(([flag, name]) => [name, flags.get(flag)]);
  const split = logits === undefined ? undefined : splitMember(logits);
  return {
    input: path(shown),
    output,
    shownOut: out,
    latents: text('latents'),
    labels: labels !== undefined && shown.endsWith('.npy') ? path(labels) : labels,
    options: { sampler: text('method') ?? 'extrapolation', ...Object.fromEntries(own) } as ResampleFileInput['options'],
    strategy: parseStrategy(text('strategy') ?? 'auto'),
    logits: split && { path: path(split.path), member: split.member },
    classifier: classifier && path(classifier),
    memoryBytes: parseBytes(text('memory') ?? '1GiB', '--memory'),
    scratchDirectory: dirname(output),
  };
}

/** `csx resample IN -o OUT`: latents of any framework, with rows of the rare classes added. */
export const resample: Command = {
  name: 'csx resample',
  summary: 'Add rows of the rare classes to a file of latents, however large.',
  details: [
    'IN holds latents, a row each, and labels: an .npz or .safetensors file with two arrays, an .npy file with another for the labels (x.npy, x-labels.npy), a .parquet file (a column of lists, or a column for each value) or a .csv file with a header. Values may be float16, bfloat16, float32 or float64, labels integers or text. OUT may be of another format.',
    'OUT holds the given rows first, as they are, then the new ones; where these come from stands in it, too (csx_parents, csx_weights, csx_methods, csx_settings), for .npy in x-provenance.npz and for .csv in columns and x-provenance.json.',
    'extrapolation, smote and random-oversampling read rows in blocks: IN may be larger than memory. The other methods need all of it within --memory. extrapolation reads a classifier; where none is given, a linear probe is fitted.',
  ],
  examples: [
    ['csx resample latents.npz -o balanced.npz', 'fills all classes up to the largest'],
    [
      'csx resample x.safetensors -o y.safetensors --classifier fc.safetensors --strategy cat=3000,dog=3000',
      "by your own model's last layer",
    ],
    ['csx resample x.parquet -o y.parquet --method smote --k 5 --seed 1 --memory 512MiB', 'larger than memory'],
  ],
  positionals: [{ name: 'IN', help: 'latents and labels', required: true }],
  flags: resampleFlags,
  async run({ flags, positionals }, { terminal, environment, directory }) {
    const shown = positionals.get('IN') ?? '';
    const { shownOut, ...request } = inputOf(flags, shown, directory);
    const { latentOutputPaths, resampleFile } = await import('@csx/core/files');
    const { createOnnxEngine } = await import('@csx/core');
    for (const path of latentOutputPaths(request.output))
      await checkOutput(path, path === request.output ? shownOut : path, flags.get('force') === true, 'csx resample');
    let ops: LatentOps | undefined;
    try {
      // What the operations keep for themselves counts, too.
      const ownBytes = Math.floor(request.memoryBytes / 8);
      const opened = await openChosenOps(flags, environment, ownBytes);
      ops = opened.ops;
      const begin = performance.now();
      const { threads, device } = opened;
      const stages: { stage: string; at: number }[] = [];
      const done = await withProgress(terminal, ({ event, signal }) =>
        resampleFile(
          { ...request, memoryBytes: request.memoryBytes - ownBytes },
          {
            ops: opened.ops,
            openEngine: () => createOnnxEngine({ threads }),
            onStage: (stage, text) => {
              stages.push({ stage, at: performance.now() });
              event({ kind: 'stage', stage, message: stage === 'search' ? `${text} ${device.reason}` : text });
            },
            onProgress: (stage, done, total, unit) => event({ kind: 'progress', stage, done, total, unit }),
            onNote: (message) => event({ kind: 'note', message }),
            signal,
          },
        ),
      );
      const end = performance.now();
      const seconds = (end - begin) / 1000;
      terminal.out.write(
        flags.get('json') === true
          ? `${JSON.stringify({ out: shownOut, ...done, seconds, stageSeconds: secondsOf(stages, end), device: ops.description }, null, 2)}\n`
          : summary(shownOut, done, seconds),
      );
    } finally {
      ops?.dispose();
    }
  },
};

/** Seconds of each stage; it ends where another begins. */
function secondsOf(stages: readonly { stage: string; at: number }[], end: number): Record<string, number> {
  const seconds: Record<string, number> = {};
  stages.forEach(({ stage, at }, i) => {
    seconds[stage] = (seconds[stage] ?? 0) + ((stages[i + 1]?.at ?? end) - at) / 1000;
  });
  return seconds;
}

function summary(out: string, { n, newCount, classes }: ResampledFile, seconds: number): string {
  const grown = classes.filter((own) => own.newCount > 0);
  const listed = grown
    .slice(0, 10)
    .map((own) => `${own.name} ${formatNumber(own.originalCount)} + ${formatNumber(own.newCount)}`)
    .join(', ');
  const rest = grown.length > 10 ? ` and ${grown.length - 10} more` : '';
  return `${out}  ${formatNumber(n)} + ${formatNumber(newCount)} rows in ${formatDuration(seconds * 1000)}${listed && `: ${listed}${rest}`}\n`;
}
