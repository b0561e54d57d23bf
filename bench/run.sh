#!/bin/bash
# Measures bit beside the engines people use, and writes bench/results, docs/performance.md and its plots.
# bench/run.sh [--data DIR]   DIR: a folder with glue/SST-2, ag_news and squad (SNIPS alone without it)
# About 12 minutes on two cores that do nothing else; bench/run.sh --quick takes 5 and is rough.
set -eu
cd "$(dirname "$0")/.."

data=() seconds=0.5 passes=3
while [ $# -gt 0 ]; do
  case $1 in
    --data) data=(--data "${2:?--data needs a folder}"); shift ;;
    --quick) seconds=0.1 passes=1 ;;
    *) echo "usage: bench/run.sh [--data DIR] [--quick]" >&2; exit 2 ;;
  esac
  shift
done

scripts/install.sh runtime demo
scripts/step.sh "Configuring" build/configure.log cmake -S . -B build -G Ninja -DBITCPP_BENCH=ON
scripts/step.sh "Building bit" build/build-bench.log cmake --build build --target bit random_model
venv=build/bench-venv
[ -x $venv/bin/python ] || python3 -m venv $venv
scripts/step.sh "Installing the other engines" build/bench-venv.log $venv/bin/pip install -q -r bench/requirements.txt
backbone=()
if folder=$(scripts/fetch_backbone.sh); then backbone=(--backbone "$folder"); fi

$venv/bin/python bench/start.py
$venv/bin/python bench/latency.py --seconds $seconds
$venv/bin/python bench/throughput.py --passes $passes "${data[@]}" "${backbone[@]}"
$venv/bin/python bench/report.py
