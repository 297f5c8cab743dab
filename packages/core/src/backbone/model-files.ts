import { DataFormatError } from '@csx/wgsl-kernels';
import * as tf from '@tensorflow/tfjs';

/** A shard of this size is what browsers cache well; tfjs's own converters use it too. */
const shardBytes = 4 * 2 ** 20;
const modelFile = 'model.json';

/**
 * A LayersModel as the files that `tf.loadLayersModel(url)` reads: `model.json` and weight shards.
 * tfjs has no handler for files outside its own Node binding.
 */
export async function modelToFiles(model: tf.LayersModel): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  await model.save(
    tf.io.withSaveHandler(async (artifacts) => {
      const weights = new Uint8Array(tf.io.concatenateArrayBuffers([artifacts.weightData ?? []].flat()));
      const shardCount = Math.max(1, Math.ceil(weights.length / shardBytes));
      const paths = Array.from({ length: shardCount }, (_, i) => `group1-shard${i + 1}of${shardCount}.bin`);
      paths.forEach((path, i) => files.set(path, weights.slice(i * shardBytes, (i + 1) * shardBytes)));
      const json = {
        format: 'layers-model',
        generatedBy: `TensorFlow.js tfjs-layers v${tf.version_layers}`,
        convertedBy: null,
        modelTopology: artifacts.modelTopology,
        weightsManifest: [{ paths, weights: artifacts.weightSpecs ?? [] }],
      };
      files.set(modelFile, new TextEncoder().encode(JSON.stringify(json)));
      return { modelArtifactsInfo: tf.io.getModelArtifactsInfoForJSON(artifacts) };
    }),
  );
  return files;
}

/**
 * Reads such files back.
 * @param read bytes of a file next to model.json, or undefined where there is none
 * @throws DataFormatError naming the file that is missing
 */
export async function modelFromFiles(read: (name: string) => Promise<Uint8Array | undefined>): Promise<tf.LayersModel> {
  const required = async (name: string) => {
    const bytes = await read(name);
    if (bytes === undefined) throw new DataFormatError(`saved model: ${name} is missing`);
    return bytes;
  };
  const json = JSON.parse(new TextDecoder().decode(await required(modelFile))) as tf.io.ModelJSON;
  const shards = await Promise.all(json.weightsManifest.flatMap((group) => group.paths).map(required));
  return tf.loadLayersModel(
    tf.io.fromMemory({
      modelTopology: json.modelTopology,
      weightSpecs: json.weightsManifest.flatMap((group) => group.weights),
      weightData: tf.io.concatenateArrayBuffers(shards.map((shard) => shard.slice().buffer)),
    }),
  );
}

/** A linear classifier as a LayersModel of one dense layer, for the heads of the arms. */
export function createHeadModel(d: number, classCount: number, name: string): tf.LayersModel {
  const latent = tf.input({ shape: [d], name: 'latent' });
  const logits = tf.layers
    .dense({ units: classCount, name: 'classifier', kernelInitializer: 'zeros' })
    .apply(latent) as tf.SymbolicTensor;
  return tf.model({ inputs: latent, outputs: logits, name });
}
