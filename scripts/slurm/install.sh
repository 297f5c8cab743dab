#!/bin/sh
# Installs Slurm and its authentication on Debian. Nothing is started. As root:
#     scripts/slurm/install.sh
set -eu
apt-get update
DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends slurm-wlm munge
