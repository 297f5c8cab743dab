import type { LatentContent } from './latent-content.ts';

/** Columns of a table about the rows behind the given ones; for these they are empty. */
export const provenanceColumns = [
  'csx_method',
  'csx_parent_0',
  'csx_parent_1',
  'csx_weight_0',
  'csx_weight_1',
] as const;

/** The columns of latents and labels: those of the source, or made-up ones. */
export function tableColumns({ names, d }: LatentContent): readonly string[] {
  if (names.columns?.length === d + 1) return names.columns;
  return [...Array.from({ length: d }, (_, j) => `${names.latents}_${j}`), names.labels];
}
