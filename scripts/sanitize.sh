#!/bin/bash
# The runtime's tests with sanitizers: scripts/sanitize.sh [address,undefined|thread]... (default: both)
# In build-sanitize-*. Rooms that use LibTorch are left out: Debian's LibTorch is not built with sanitizers, and
# its threads and memory are reported as if they were ours. Each file is compiled alone, which shows an #include
# that is missing (cmake/together.cmake). JOBS=N compiles N files at a time.
set -eu
cd "$(dirname "$0")/.."
[ $# -gt 0 ] || set -- address,undefined thread
scripts/install.sh runtime test

for sanitizers in "$@"; do
  build=build-sanitize-${sanitizers%%,*}
  scripts/step.sh "Configuring with $sanitizers" "$build/configure.log" cmake -S . -B "$build" -G Ninja \
    -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_FLAGS_DEBUG="-O1 -g1" -DBITCPP_TESTS=ON -DBITCPP_SANITIZE="$sanitizers" \
    -DBITCPP_TOGETHER=OFF
  scripts/step.sh "Building with $sanitizers" "$build/build.log" cmake --build "$build" -j "${JOBS:-$(nproc)}"
  echo "tests with $sanitizers:"
  # A fixed layout of memory: gcc 12's thread sanitizer cannot place its own under the most random one.
  UBSAN_OPTIONS=print_stacktrace=1 setarch --addr-no-randomize \
    ctest --test-dir "$build" -j "${JOBS:-$(nproc)}" --output-on-failure --no-tests=error
done
