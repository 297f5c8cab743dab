import { DataFormatError } from '@csx/wgsl-kernels';
import type { FileSlice } from '../file-slice.ts';
import { matrixOfSlice } from '../stored-matrix.ts';
import { choosePart } from './choose-parts.ts';
import type { LabelColumn } from './label-column.ts';
import type { LatentFile, OpenLatentsOptions } from './latent-file.ts';
import { readNpyLabels } from './npy-labels.ts';
import {
  readSafetensorsHeader,
  safetensorsBytes,
  safetensorsFloats,
  safetensorsLabels,
  type Tensor,
} from './safetensors-header.ts';

/** Entry of the metadata that names the classes of integer labels: a JSON list. */
export const classNamesKey = 'csx_class_names';

/** Latents and labels in a safetensors file: two tensors, read in place. */
export async function openSafetensorsLatents(whole: FileSlice, options: OpenLatentsOptions): Promise<LatentFile> {
  try {
    const { tensors, metadata } = await readSafetensorsHeader(whole);
    const latents = choosePart(tensors, 'latents', options.latents, whole.name);
    const [n, d] = latents.shape;
    if (d === 0) throw new DataFormatError(`${latents.slice.name}: ${latents.shown}, expected at least one column`);
    const able = tensors.filter(({ name, shape }) => shape[0] === n || name === options.labels);
    const labels = choosePart(able, 'labels', options.labels, whole.name);
    return {
      ...matrixOfSlice(latents.slice, { n, d, type: safetensorsFloats[latents.dtype] }),
      name: whole.name,
      format: 'safetensors',
      names: { latents: latents.name, labels: labels.name },
      labels: withNames(await readLabels(labels), metadata[classNamesKey], labels.slice.name),
      others: tensors.filter((tensor) => tensor !== latents && tensor !== labels).map(({ name }) => name),
      close: () => whole.file.close(),
    };
  } catch (error) {
    await whole.file.close();
    throw error;
  }
}

function readLabels({ slice, dtype, shape }: Tensor): Promise<LabelColumn> {
  const { kind } = safetensorsLabels[dtype];
  const bytes = safetensorsBytes[dtype];
  const descriptor = { text: dtype, bigEndian: false, kind, bytes };
  return readNpyLabels(slice, { descriptor, shape, fortranOrder: false, valuesAt: 0 });
}

/** The format has no text: our own files carry the class names in their metadata. */
function withNames(column: LabelColumn, json: string | undefined, where: string): LabelColumn {
  if (json === undefined) return column;
  let names: unknown;
  try {
    names = JSON.parse(json);
  } catch {
    names = undefined;
  }
  const wrong = new DataFormatError(`${where}: ${classNamesKey} in the metadata is not a list of names for its labels`);
  if (!Array.isArray(names) || names.some((name) => typeof name !== 'string')) throw wrong;
  const places = column.classNames.map(Number);
  if (places.some((place) => names[place] === undefined)) throw wrong;
  return { type: 'string', classNames: places.map((place) => names[place] as string), indices: column.indices };
}
