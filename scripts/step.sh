#!/bin/bash
# Runs one long command quietly: scripts/step.sh MESSAGE LOG COMMAND...
# Shows MESSAGE with the seconds so far (and the build tool's [n/m], where the log has it) on a
# terminal, one line at the end elsewhere. All output goes to LOG; on failure its end is shown.
set -u
message=$1 log=$2
shift 2
mkdir -p "$(dirname "$log")"
start=$SECONDS

# A process group of its own, so that an interrupt ends everything the command started.
set -m
"$@" >"$log" 2>&1 </dev/null &
child=$!
set +m
trap 'kill -- "-$child" 2>/dev/null; exit 130' INT TERM

if [ -t 2 ]; then
  while kill -0 "$child" 2>/dev/null; do
    progress=$(tail -c 2000 "$log" 2>/dev/null | grep -aoE '^\[[0-9]+/[0-9]+\]' | tail -n 1)
    printf '\r\033[K  %s ... %d s %s' "$message" $((SECONDS - start)) "$progress" >&2
    sleep 0.5
  done
  printf '\r\033[K' >&2
else
  echo "  $message ..." >&2
fi
wait "$child"
status=$?

if [ "$status" -eq 0 ]; then
  echo "  $message: done in $((SECONDS - start)) s" >&2
else
  echo "  $message: failed after $((SECONDS - start)) s; the end of $log:" >&2
  tail -n 40 "$log" >&2
fi
exit "$status"
