#!/bin/bash
# Measures bit beside the engines people use, and writes bench/results, docs/performance.md and its plots.
# bench/run.sh [--data DIR] [--quick] [--fresh] [--rounds N] [--pause S] [--wrapper COMMAND] [TABLE...]
#   DIR: a folder with glue/SST-2, ag_news and squad (SNIPS alone without it); the others as bench/measure.py explains them
# Up to an hour to prepare (it trains) and some 30 minutes to measure, on two cores that do nothing else; goes on where it was interrupted.
set -eu
cd "$(dirname "$0")/.."

data=() rest=()
while [ $# -gt 0 ]; do
  case $1 in
    --data) data=(--data "$(realpath "${2:?--data needs a folder}")"); shift ;;
    --help | -h) sed -n '2,5s/^# //p' bench/run.sh; exit ;;
    *) rest+=("$1") ;;
  esac
  shift
done

scripts/install.sh runtime demo
scripts/step.sh "Configuring" build/configure.log cmake -S . -B build -G Ninja -DBITCPP_BENCH=ON
scripts/step.sh "Building bit" build/build-bench.log cmake --build build --target bit random_model kernel_rates
venv=build/bench-venv
[ -x $venv/bin/python ] || python3 -m venv $venv
scripts/step.sh "Installing the other engines" build/bench-venv.log $venv/bin/pip install -q -r bench/requirements.txt
backbone=()
if folder=$(scripts/fetch_backbone.sh); then backbone=(--backbone "$folder"); fi

scripts/step.sh "Converting and training for the other engines" build/bench-prepare.log \
  $venv/bin/python bench/prepare.py "${data[@]}" "${backbone[@]}"
$venv/bin/python bench/measure.py "${data[@]}" "${backbone[@]}" "${rest[@]}"
$venv/bin/python bench/report.py
