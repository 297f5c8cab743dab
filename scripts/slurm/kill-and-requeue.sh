#!/bin/bash
# Submits array.sh as an array of two tasks, kills the second in the middle of its work, sees Slurm put it back, and waits
# for both. Under one-node.sh, in an empty folder, with CSX and ARGUMENTS set:
#     scripts/slurm/one-node.sh FOLDER scripts/slurm/kill-and-requeue.sh
set -euo pipefail

states() { squeue --noheader --array --format='%i %T %r' | sed 's/^/  /'; }
# Waits until a command succeeds; says what was waited for if it does not.
until_true() {
  local end=$((SECONDS + 200))
  while [ "$SECONDS" -lt "$end" ]; do
    if eval "$2"; then return; fi
    sleep 0.1
  done
  echo "waited in vain for $1" >&2
  states >&2
  exit 1
}

job=$(sbatch --parsable --array=0-1 --cpus-per-task=1 --output=log-%a.txt "$(dirname "$0")"/array.sh)
echo "submitted an array of two tasks"
until_true 'the second task to train an arm' 'grep --quiet "job 3 of" log-1.txt 2>/dev/null'
kill -9 "$(cat pid-1)"
echo "killed the process of task 1, with SIGKILL, in its third job"
until_true 'task 1 to be put back' '[ "$(squeue --noheader --array --job="$job"_1 --format=%T)" = PENDING ]'
states
# Slurm lets two minutes pass before it starts a job again, counted from when it has cleared up behind it: told to start now
# until it does.
until_true 'task 1 to start again' \
  'scontrol update JobId="$job"_1 StartTime=now 2>/dev/null; sleep 0.5; grep --quiet "start 2" log-1.txt'
echo "task 1 started again"
until_true 'both tasks to end' '[ -z "$(squeue --noheader --job="$job" 2>/dev/null)" ]'
echo "both tasks ended"
