/** Files of a run directory, beside models, synthetic latents and checkpoints. */
export const recordFile = 'record.json';
export const reportFile = 'report.html';
export const extrasFile = 'report-extras.json';
export const splitFile = 'split.json';
/** Says what the run is; written first, so that its presence marks a run directory. */
export const identityFile = 'checkpoint/run.json';
