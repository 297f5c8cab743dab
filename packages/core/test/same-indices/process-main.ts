import process from 'node:process';
import { runElsewhere } from './run-elsewhere.ts';

// Node, Bun and Deno: url, names and the request for an adapter as arguments, one JSON document as output.
const [url, names, request] = process.argv.slice(2);
process.stdout.write(JSON.stringify(await runElsewhere(url, JSON.parse(names), JSON.parse(request))));
