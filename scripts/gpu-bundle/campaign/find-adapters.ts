import process from 'node:process';
import { listAdapters } from '@csx/core/host';

// In a process of its own: Vulkan's loader reads the environment when a process starts, and a driver may take it down.
process.stdout.write(JSON.stringify(await listAdapters()));
process.exit(0);
