#!/usr/bin/env bash
# Runs the GPU campaign of csx from the pieces beside this file, for some minutes; the next call goes on.
# Needs bash, coreutils, gzip or xz, and tar; python3 does for the last three.
set -euo pipefail

usage() {
  cat <<'END'
Usage: bash run.sh [--minutes N] [--out DIR] [OPTIONS]

  --minutes N      end after about N minutes (default 9); the next call goes on where this one stopped
  --out DIR        results, at most 8 small files (default results); those of an earlier machine are taken up
  --work DIR       unpacked bundle, runs and checkpoints (default work, beside this file)
  --seeds N        seeds of the paper's run (default 5)
  --only A,B,...   only these steps: tests, bench, runs
  --software       rehearsal on a software adapter that the bundle carries, with small sizes

Pieces may come one after another: what is here is kept in --work, and the steps that it suffices for are run.
END
}

started=$(date +%s)
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$here/work
arguments=("$@")
for ((at = 0; at < ${#arguments[@]}; at++)); do
  case ${arguments[at]} in
    --help | -h) usage; exit 0 ;;
    --work) work=${arguments[at + 1]:?run.sh: --work needs a directory} ;;
    --work=*) work=${arguments[at]#--work=} ;;
  esac
done

fail() {
  echo "run.sh: $1" >&2
  exit "${2:-1}"
}

[[ $(uname -s)-$(uname -m) == Linux-x86_64 ]] || fail "this is $(uname -s) on $(uname -m), the bundle is for Linux on x86_64" 2
mkdir -p "$work/pieces"
work=$(cd "$work" && pwd)

python() {
  command -v python3 >/dev/null || fail "$1 is not here, nor python3 in its place" 2
  shift
  python3 "$@"
}

decompress() {
  case $1 in
    *.xz.000) if command -v xz >/dev/null; then xz -dc; else python xz -c 'import lzma, shutil, sys
shutil.copyfileobj(lzma.open(sys.stdin.buffer), sys.stdout.buffer)'; fi ;;
    *.gz.000) if command -v gzip >/dev/null; then gzip -dc; else python gzip -c 'import gzip, shutil, sys
shutil.copyfileobj(gzip.open(sys.stdin.buffer), sys.stdout.buffer)'; fi ;;
    *) fail "$1 is packed in a way that this script does not know" ;;
  esac
}

extract() {
  if command -v tar >/dev/null; then tar -xf - -C "$1"; else python tar -c 'import sys, tarfile
tarfile.open(fileobj=sys.stdin.buffer, mode="r|").extractall(sys.argv[1])' "$1"; fi
}

# Unpacks one archive once, when all its pieces have come, into a folder named by its content; sets $folder.
unpack() {
  local name=$1 sums= id sum piece paths=() missing=() first=
  while read -r sum piece; do
    [[ $piece != "$name".tar.* ]] || sums+="$sum  $piece"$'\n'
  done <"$here/SHA256SUMS"
  sums=${sums%$'\n'}
  folder=
  [[ -n $sums ]] || return 1
  id=$(sha256sum <<<"$sums")
  folder=$work/$name-${id:0:12}
  [[ ! -d $folder ]] || return 0
  while read -r sum piece; do
    first=${first:-$piece}
    if [[ -f $here/$piece ]]; then
      sha256sum -c --status <<<"$sum  $here/$piece" || fail "$piece is damaged: copy it again" 4
      paths+=("$here/$piece")
    elif [[ -f $work/pieces/$sum ]]; then
      paths+=("$work/pieces/$sum")
    else
      missing+=("$piece")
    fi
  done <<<"$sums"
  if ((${#missing[@]} > 0)); then
    while read -r sum piece; do
      [[ ! -f $here/$piece || -f $work/pieces/$sum ]] || { cp "$here/$piece" "$work/pieces/$sum.part" && mv "$work/pieces/$sum.part" "$work/pieces/$sum"; }
    done <<<"$sums"
    echo "run.sh: $name is not complete, ${missing[*]} to come" >&2
    folder=
    return 1
  fi
  echo "run.sh: unpacking $name" >&2
  rm -rf "$folder.part"
  mkdir "$folder.part"
  cat "${paths[@]}" | decompress "$first" | extract "$folder.part"
  mv "$folder.part" "$folder"
  while read -r sum piece; do rm -f "$work/pieces/$sum"; done <<<"$sums"
}

[[ -f $here/SHA256SUMS ]] || fail "SHA256SUMS is not beside this file" 4
unpack runtime || fail "nothing can run before the runtime is complete" 4
runtime=$folder
unpack cifar10 || true
data=$folder

if ! "$runtime/node" --version >/dev/null 2>&1; then
  export LD_LIBRARY_PATH=$runtime/lib/runtime${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
  "$runtime/node" --version >/dev/null || fail "the bundle's Node does not start here" 1
fi
exec env CSX_CAMPAIGN_STARTED="$started" CSX_CAMPAIGN_DATA="$data" CSX_CAMPAIGN_WORK="$work" \
  "$runtime/node" "$runtime/app/campaign/campaign.mjs" "$@"
