import { existsSync } from 'node:fs';
import process from 'node:process';

const daemons = ['/usr/sbin/munged', '/usr/sbin/slurmctld', '/usr/sbin/slurmd'];

/** Why there can be no Slurm here; undefined where there can. */
export function slurmObstacle(): string | undefined {
  if (!daemons.every(existsSync)) return 'Slurm is not installed, scripts/slurm/install.sh does it on Debian';
  return process.getuid?.() === 0 ? undefined : 'only root can start Slurm';
}
