#!/bin/bash
# The same bits everywhere (docs/format.md): the logits of 1,000 texts by gcc and clang, at -O1 and -O3,
# for 64-bit ARM and for WebAssembly, each with every instruction set it has: scripts/same_bits.sh [WHICH...]
# WHICH: g++-O1 g++-O3 clang++-O1 clang++-O3 neon wasm (default: all). JOBS=N compiles N files at a time.
set -eu
cd "$(dirname "$0")/.."
jobs=${JOBS:-$(nproc)}
[ $# -gt 0 ] || set -- g++-O1 g++-O3 clang++-O1 clang++-O3 neon wasm

run() { # WHICH BUILD-FOLDER
  scripts/step.sh "Building same_bits_test, $1" "$2/same_bits.log" \
    cmake --build "$2" -j "$jobs" --target same_bits_test
  echo "same bits, $1:"
  ctest --test-dir "$2" --output-on-failure --no-tests=error -R '^same_bits$'
}

for which in "$@"; do
  case $which in
    neon | wasm)
      scripts/cross_configure.sh "$which"
      run "$which" "build-$which"
      ;;
    g++-O? | clang++-O?)
      compiler=${which%-O?} build=build-same-bits/$which
      scripts/install.sh runtime test "${compiler%++}"
      scripts/step.sh "Configuring $which" "$build/configure.log" cmake -S . -B "$build" -G Ninja \
        -DCMAKE_CXX_COMPILER="$compiler" -DCMAKE_CXX_FLAGS_RELEASE="-${which##*-} -DNDEBUG" -DBITCPP_TESTS=ON
      run "$which" "$build"
      ;;
    *)
      echo "scripts/same_bits.sh: unknown '$which', expected g++-O1, clang++-O3, neon, wasm, ..." >&2
      exit 2
      ;;
  esac
done
