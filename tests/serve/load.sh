#!/bin/bash
# The server under load, with figures (tests/serve/load.py): make test-serve-load, some 10 minutes of a quiet machine.
set -eu
cd "$(dirname "$0")/../.."
scripts/install.sh runtime test
scripts/step.sh "Configuring" build/configure.log cmake -S . -B build -G Ninja -DBITCPP_TESTS=ON
scripts/step.sh "Building bit" build/build-serve.log cmake --build build --target bit tiny_models serve_load
build/tests/tiny_models build/Testing/tiny_models
exec python3 tests/serve/load.py "$@"
