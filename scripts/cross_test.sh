#!/bin/bash
# Builds the runtime for another machine and runs its tests: scripts/cross_test.sh neon|wasm
# neon: 64-bit ARM under qemu, in build-neon. wasm: WebAssembly in Node, in build-wasm.
# Missing packages are installed first (scripts/install.sh). JOBS=N compiles N files at a time.
set -eu
cd "$(dirname "$0")/.."
jobs=${JOBS:-$(nproc)}

case ${1:-} in
  neon)
    toolchain=$PWD/cmake/aarch64.cmake
    options=()
    ;;
  wasm)
    toolchain=/usr/share/emscripten/cmake/Modules/Platform/Emscripten.cmake
    options=()
    ;;
  *)
    echo "usage: scripts/cross_test.sh neon|wasm" >&2
    exit 2
    ;;
esac
# `bit run` and `bit bench` on the other machine.
check_bit() {
  local bit=(qemu-aarch64 -L /usr/aarch64-linux-gnu "$build/bit") model=models/snips-minilm-w1a1.safetensors
  echo 'play some jazz by miles davis' | "${bit[@]}" run "$model" | tee /dev/stderr | grep -q '"label":"PlayMusic"'
  "${bit[@]}" bench "$model" --seq 12 --seconds 0.1 --json | tee /dev/stderr | grep -q '"isa":"neon"'
}

scripts/install.sh runtime cross "$1"
build=build-$1
scripts/cross_dependencies.sh "$build/dependencies" -DCMAKE_TOOLCHAIN_FILE="$toolchain"

prefix=$PWD/$build/dependencies/prefix
export PKG_CONFIG_LIBDIR=$prefix/lib/pkgconfig
scripts/step.sh "Configuring for $1" "$build/configure.log" cmake -S . -B "$build" -G Ninja \
  -DCMAKE_TOOLCHAIN_FILE="$toolchain" -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_FIND_ROOT_PATH="$prefix" \
  -DBITCPP_TESTS=ON "${options[@]}"
scripts/step.sh "Building for $1" "$build/build.log" cmake --build "$build" -j "$jobs"
# The end-to-end tests start build/bit as a program of this machine.
ctest --test-dir "$build" --output-on-failure --no-tests=error -E '^end_to_end'
[ "$1" = wasm ] || check_bit
