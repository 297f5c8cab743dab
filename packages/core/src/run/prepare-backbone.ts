import { type TrainedBackbone, trainBackbone } from './backbone-stage.ts';
import { beginRun } from './begin-run.ts';
import { projectImages } from './projection-stage.ts';
import type { RunInput } from './run-input.ts';

/**
 * The part of a run that does not depend on its method: split, network, latents. Afterwards `files` holds
 * `backboneCheckpoint` and `latentsFile`; a run that finds these two in its own files trains and projects nothing.
 * It goes on from its checkpoint when it is resumed.
 * @throws as `runExperiment`
 */
export async function prepareBackbone(input: Omit<RunInput, 'environment'>): Promise<void> {
  const { context, sitting, split, table } = await beginRun(input);
  let backbone: TrainedBackbone | undefined;
  try {
    backbone = await trainBackbone(context, split, table);
    await projectImages(context, split, table, backbone);
  } catch (error) {
    await sitting.save();
    throw error;
  } finally {
    backbone?.model.dispose();
  }
}
