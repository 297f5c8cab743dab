import { trainSmallNetwork } from './train-small-network.ts';

// The page's end of the test, which calls it through the browser's debugging protocol.
Object.assign(globalThis, { trainSmallNetwork });
