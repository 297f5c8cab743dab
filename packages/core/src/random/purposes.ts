/**
 * What a stream of random numbers is for. The number enters the generator's key, so two purposes
 * never share a number, and adding one leaves the others as they were. Never renumber: a record
 * made with one numbering could not be repeated with another.
 */
export const streamPurposes = {
  /** Which images become training, held-out and test rows. */
  split: 1,
  /** Initial weights of a network. */
  initialWeights: 2,
  /** Order of the images in an epoch of the backbone. */
  epochOrder: 3,
  // 4 was which images an epoch mirrors, now part of `augmentation`.
  /** Order of the latents in an epoch of the classifier head. */
  headEpochOrder: 5,
  /** The majors that the `random` arm selects. */
  selection: 6,
  /** The sample pairs that become synthetic latents. */
  draw: 7,
  /** Order of the synthetic latents in an epoch of joint retraining. */
  syntheticOrder: 8,
  /** How an epoch mirrors and moves images. */
  augmentation: 9,
  /** Made-up data of tests, benchmarks and demonstrations. */
  testData: 10,
  /** Which values a dropout drops; the layer's number times 256 is added. */
  dropout: 11,
  /** What a sampler makes rows of; keyed by class and kind of decision. */
  resampling: 12,
} as const;

export type StreamPurpose = keyof typeof streamPurposes;
