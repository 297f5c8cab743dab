import { listReadings, presets, type Reading, runConfigSchema } from '@csx/core';

declare const data: Reading[];

export { data };

export default {
  load(): Reading[] {
    return listReadings(runConfigSchema.parse(presets.paper));
  },
};
