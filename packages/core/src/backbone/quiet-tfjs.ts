import * as tf from '@tensorflow/tfjs';

/**
 * Keeps tfjs from advising its native Node binding on the first tensor: csx trains elsewhere, and the advice
 * would stand in the middle of a run's output.
 */
export function quietTfjs(): void {
  tf.env().set('PROD', true);
}
