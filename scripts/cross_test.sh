#!/bin/bash
# Builds the runtime for another machine and runs its tests: scripts/cross_test.sh neon|wasm
# See scripts/cross_configure.sh. JOBS=N compiles N files at a time.
set -eu
cd "$(dirname "$0")/.."
scripts/cross_configure.sh "$@"
build=build-$1
scripts/step.sh "Building for $1" "$build/build.log" cmake --build "$build" -j "${JOBS:-$(nproc)}"
# The end-to-end tests and what is made for them start build's programs as this machine's.
ctest --test-dir "$build" -j "${JOBS:-$(nproc)}" --output-on-failure --no-tests=error -E '^(end_to_end|stand_ins)'

if [ "$1" = neon ]; then
  bit=(qemu-aarch64 -L /usr/aarch64-linux-gnu "$build/bit")
  model=models/snips-minilm-w1a1.safetensors
  echo 'play some jazz by miles davis' | "${bit[@]}" run "$model" | tee /dev/stderr |
    grep -q '"label":"PlayMusic"'
  "${bit[@]}" bench "$model" --seq 12 --seconds 0.1 --json | tee /dev/stderr | grep -q '"isa":"neon"'
fi
