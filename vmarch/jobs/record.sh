#!/bin/sh
# Records what a job asks for where there is no Python: ./record.sh FOLDER COMMAND...
# Then, anywhere: vmarch profile --out JOB --from-record FOLDER
# Needs strace and GNU time (Debian packages strace, time); perf, where there is one, adds its counters.
set -eu
[ $# -ge 2 ] || { echo "usage: $0 FOLDER COMMAND..." >&2; exit 2; }
folder=$1; shift
mkdir -p "$folder"
for tool in strace /usr/bin/time; do
    command -v "$tool" > /dev/null || { echo "$0: no $tool (Debian packages strace, time)" >&2; exit 2; }
done
printf '%s\n' "$@" > "$folder/words"
grep -m 1 'cpu MHz' /proc/cpuinfo > "$folder/clock" || :
"$@" < /dev/null > /dev/null                                   # warms up
: > "$folder/runs"
for run in 1 2 3 4 5; do                                       # wall, user, system, minor, major faults, waits, blocks in
    /usr/bin/time -a -o "$folder/runs" -f '%e %U %S %R %F %w %I' "$@" < /dev/null > /dev/null
done
if command -v perf > /dev/null; then
    events=page-faults,context-switches,cycles:u,dTLB-load-misses,dTLB-store-misses,iTLB-load-misses
    perf stat -j -o "$folder/perf" -e $events "$@" < /dev/null > /dev/null || rm -f "$folder/perf"
fi
strace -f -yy -s 0 -qq -o "$folder/calls" "$@" < /dev/null > /dev/null
echo "recorded in $folder"
