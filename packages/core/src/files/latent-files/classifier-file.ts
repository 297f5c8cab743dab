import { DataFormatError } from '@csx/wgsl-kernels';
import type { ClassifierHead } from '../../method/placement.ts';
import { type FileSlice, openSlice } from '../file-slice.ts';
import { floatTypeOf, npyValues, openNpy } from '../npy-matrix.ts';
import { matrixOfSlice, type StoredMatrix } from '../stored-matrix.ts';
import { readZipEntries, storedSlice } from '../zip-slice.ts';
import { readSafetensorsHeader, safetensorsFloats } from './safetensors-header.ts';

interface FloatArray {
  readonly name: string;
  readonly shape: readonly number[];
  /** One row where it has one dimension. */
  readonly matrix: StoredMatrix;
}

/** A head of a million classes of a thousand values would be larger. */
const maxValues = 2 ** 28;

/**
 * Reads a linear classifier of d values and c classes out of an `.npz` or safetensors file: `weight` [c, d] and `bias` [c]
 * as PyTorch's `nn.Linear` has them, or `kernel` [d, c]; names may begin with those of modules (`fc.weight`). Without a
 * bias it is 0.
 *
 * @throws DataFormatError where there is none, or several, or its shapes do not fit.
 */
export async function readClassifierHead(path: string): Promise<ClassifierHead> {
  const whole = await openSlice(path);
  try {
    const arrays = path.endsWith('.npz') ? await npzArrays(whole) : await safetensorsArrays(whole, path);
    const ending = (array: FloatArray, ...names: string[]) => names.includes(array.name.split('.').pop() ?? '');
    const weights = arrays.filter((array) => array.shape.length === 2 && ending(array, 'weight', 'kernel'));
    const list = arrays.map(({ name, shape }) => `${name} (${shape.join(', ')})`).join(', ') || 'nothing';
    if (weights.length !== 1)
      throw new DataFormatError(`${path}: holds ${list}, expected one matrix called weight or kernel`, {
        hint: 'Save the last layer alone, such as safetensors.torch.save_file(model.fc.state_dict(), path).',
      });
    const [weight] = weights;
    const isKernel = ending(weight, 'kernel');
    const [d, c] = isKernel ? weight.shape : [weight.shape[1], weight.shape[0]];
    const bias = arrays.find((array) => array.shape.length === 1 && ending(array, 'bias'));
    if (bias && bias.shape[0] !== c)
      throw new DataFormatError(`${path}: ${weight.name} has ${c} classes, ${bias.name} has ${bias.shape[0]}`);
    const values = await valuesOf(weight, path);
    const data = isKernel ? values : transposed(values, c, d);
    return {
      weights: { data, n: d, d: c },
      bias: bias ? await valuesOf(bias, path) : new Float32Array(c),
    };
  } finally {
    await whole.file.close();
  }
}

function transposed(values: Float32Array, n: number, d: number): Float32Array {
  const data = new Float32Array(values.length);
  for (let row = 0; row < n; row++) for (let j = 0; j < d; j++) data[j * n + row] = values[row * d + j];
  return data;
}

async function valuesOf({ name, matrix }: FloatArray, path: string): Promise<Float32Array> {
  const { n, d } = matrix;
  if (n * d > maxValues)
    throw new DataFormatError(`${path}: ${name} has ${n * d} values, expected at most ${maxValues}`);
  const values = new Float32Array(n * d);
  await matrix.read(0, n, values);
  const at = values.findIndex((value) => !Number.isFinite(value));
  if (at >= 0) throw new DataFormatError(`${path}: ${name} holds ${values[at]}`);
  return values;
}

async function npzArrays(whole: FileSlice): Promise<FloatArray[]> {
  const arrays: FloatArray[] = [];
  for (const entry of await readZipEntries(whole)) {
    const slice = await storedSlice(whole, entry);
    const header = await openNpy(slice);
    const type = floatTypeOf(header.descriptor);
    const { shape, fortranOrder: columnMajor } = header;
    if (type === undefined || shape.length < 1 || shape.length > 2) continue;
    const [n, d] = shape.length === 1 ? [1, shape[0]] : shape;
    const { bigEndian } = header.descriptor;
    const matrix = matrixOfSlice(npyValues(slice, header), { n, d, type, bigEndian, columnMajor });
    arrays.push({ name: entry.name.replace(/\.npy$/, ''), shape, matrix });
  }
  return arrays;
}

async function safetensorsArrays(whole: FileSlice, path: string): Promise<FloatArray[]> {
  if (!path.endsWith('.safetensors'))
    throw new DataFormatError(`${path}: expected a classifier in an .npz or .safetensors file`);
  const { tensors } = await readSafetensorsHeader(whole);
  return tensors
    .filter(({ dtype, shape }) => dtype in safetensorsFloats && (shape.length === 1 || shape.length === 2))
    .map(({ name, shape, dtype, slice }) => {
      const [n, d] = shape.length === 1 ? [1, shape[0]] : shape;
      return { name, shape, matrix: matrixOfSlice(slice, { n, d, type: safetensorsFloats[dtype] }) };
    });
}
