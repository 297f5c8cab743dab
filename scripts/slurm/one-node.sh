#!/bin/bash
# A real Slurm of one node on loopback, for as long as a command runs. As root, after install.sh:
#     scripts/slurm/one-node.sh FOLDER COMMAND...
# FOLDER must be one that every user can reach: munged runs as its own user.
# State, logs and sockets lie in FOLDER; the command finds its Slurm through SLURM_CONF. SLURM_CPUS: how many jobs run
# at once (default: as many as there are processors). SLURM_PORT: the first of two free ports (default 16817).
set -euo pipefail

folder=$(realpath -m "$1")
shift
node=$(hostname -s)
processors=${SLURM_CPUS:-$(nproc)}
mkdir -p "$folder"/{state,spool,log,munge}
# munge refuses a socket whose folders others may write to, and slurm jobs run as their user.
chmod 755 "$folder" "$folder"/munge
[ -e "$folder"/munge/key ] || dd if=/dev/urandom of="$folder"/munge/key bs=1 count=1024 status=none
chown -R munge: "$folder"/munge
chmod 400 "$folder"/munge/key

export SLURM_CONF=$folder/slurm.conf
cat >"$SLURM_CONF" <<CONF
ClusterName=one-node
SlurmctldHost=$node(127.0.0.1)
SlurmctldPort=${SLURM_PORT:-16817}
SlurmdPort=$((${SLURM_PORT:-16817} + 1))
AuthType=auth/munge
AuthInfo=socket=$folder/munge/socket
CryptoType=crypto/munge
SlurmUser=root
SlurmdUser=root
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
MpiDefault=none
ReturnToService=2
# A process that was killed is no failure of its own.
RequeueExit=137
# A killed job waits for its next start no longer than a scheduler's round.
SchedulerParameters=bf_interval=5,sched_interval=5
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
SlurmctldLogFile=$folder/log/slurmctld.log
SlurmdLogFile=$folder/log/slurmd.log
NodeName=$node NodeAddr=127.0.0.1 CPUs=$processors State=UNKNOWN
PartitionName=main Nodes=$node Default=YES MaxTime=INFINITE State=UP
CONF

pids=()
stop() {
  for ((at = ${#pids[@]} - 1; at >= 0; at--)); do
    kill "${pids[at]}" 2>/dev/null || true
    wait "${pids[at]}" 2>/dev/null || true
  done
}
trap stop EXIT
launch() {
  "$@" &
  pids+=($!)
}

launch runuser -u munge -- /usr/sbin/munged --foreground --force --key-file="$folder"/munge/key \
  --socket="$folder"/munge/socket --pid-file="$folder"/munge/pid --log-file="$folder"/munge/log \
  --seed-file="$folder"/munge/seed 2>>"$folder"/log/munged.err
for _ in $(seq 100); do [ -S "$folder"/munge/socket ] && break || sleep 0.1; done
if [ ! -S "$folder"/munge/socket ]; then
  echo "one-node: munged did not start; its user must be able to reach $folder" >&2
  exit 1
fi
launch /usr/sbin/slurmctld -D -f "$SLURM_CONF" 2>>"$folder"/log/slurmctld.err
launch /usr/sbin/slurmd -D -f "$SLURM_CONF" -N "$node" 2>>"$folder"/log/slurmd.err
ready=
for _ in $(seq 300); do
  # A daemon that ended is not waited for: sinfo would wait long for each answer.
  [ "$(jobs -pr | wc -l)" = "${#pids[@]}" ] || break
  if [ "$(sinfo --noheader --format=%t 2>/dev/null)" = idle ]; then
    ready=yes
    break
  fi
  sleep 0.1
done
if [ -z "$ready" ]; then
  tail -n 3 "$folder"/log/*.err >&2
  echo "one-node: the node did not come up; another Slurm may have its ports, SLURM_PORT names others" >&2
  exit 1
fi
"$@"
