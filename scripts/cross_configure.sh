#!/bin/bash
# Makes build-neon or build-wasm ready to compile: scripts/cross_configure.sh neon|wasm
# neon: 64-bit ARM, run by qemu. wasm: WebAssembly, run by Node. Missing packages are installed first
# (scripts/install.sh); libraries are built from Debian's sources into the build folder.
set -eu
cd "$(dirname "$0")/.."

case ${1:-} in
  neon)
    toolchain=$PWD/cmake/aarch64.cmake
    libraries="utf8proc zlib"
    flags=
    ;;
  wasm)
    toolchain=/usr/share/emscripten/cmake/Modules/Platform/Emscripten.cmake
    libraries=utf8proc        # no task files, so no zlib
    flags=-fwasm-exceptions   # as cmake/emscripten.cmake
    ;;
  *)
    echo "usage: scripts/cross_configure.sh neon|wasm" >&2
    exit 2
    ;;
esac
scripts/install.sh runtime cross "$1"
build=build-$1
scripts/cross_dependencies.sh "$build/dependencies" "$libraries" \
  -DCMAKE_TOOLCHAIN_FILE="$toolchain" -DCMAKE_CXX_FLAGS="$flags"

prefix=$PWD/$build/dependencies/prefix
export PKG_CONFIG_LIBDIR=$prefix/lib/pkgconfig
scripts/step.sh "Configuring for $1" "$build/configure.log" cmake -S . -B "$build" -G Ninja \
  -DCMAKE_TOOLCHAIN_FILE="$toolchain" -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_FIND_ROOT_PATH="$prefix" \
  -DBITCPP_TESTS=ON
