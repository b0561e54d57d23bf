#!/bin/bash
# Real clients against `bit serve`: openai, huggingface_hub, curl, wrk, schemathesis, and the page in headless
# Chromium; what they need is installed first, in build/serve-venv. make test-serve.
set -eu
cd "$(dirname "$0")/../.."
scripts/install.sh runtime test serve-clients
scripts/step.sh "Configuring" build/configure.log cmake -S . -B build -G Ninja -DBITCPP_TESTS=ON
scripts/step.sh "Building bit" build/build-serve.log cmake --build build --target bit tiny_models
build/tests/tiny_models build/Testing/tiny_models
venv=build/serve-venv
[ -x $venv/bin/python ] || python3 -m venv $venv
scripts/step.sh "Installing the clients" build/serve-venv.log $venv/bin/pip install -q -r tests/serve/requirements.txt
$venv/bin/python tests/serve/clients_test.py
$venv/bin/python tests/serve/page_test.py "$(command -v chromium)"
