import process from 'node:process';
import { trainSomeSteps } from './train-some-steps.ts';

// Node, Bun and Deno: the number of threads as argument, one JSON document as output.
process.stdout.write(JSON.stringify(await trainSomeSteps(Number(process.argv[2]))));
