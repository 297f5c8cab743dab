#!/bin/bash
#SBATCH --job-name=csx
#SBATCH --requeue
#SBATCH --open-mode=append
# One task of an array: its shard of a reproduction. Options of csx reproduce come in ARGUMENTS; CSX is the command.
# The process's number goes to a file, so that a test can kill it; a task that was killed ends with 137.
echo "task $SLURM_ARRAY_TASK_ID of $SLURM_ARRAY_TASK_COUNT, start $((${SLURM_RESTART_COUNT:-0} + 1))"
$CSX reproduce $ARGUMENTS --shard $((SLURM_ARRAY_TASK_ID + 1))/"$SLURM_ARRAY_TASK_COUNT" &
echo $! >"pid-$SLURM_ARRAY_TASK_ID"
wait $!
