#!/bin/bash
# Texts a second through HTTP, beside `bit eval` without it and beside an onnxruntime int8 server: 16 clients, the
# machine's cores shared by server and clients. bench/serve/run.sh DATA.tsv [SECONDS]: SST-2's dev.tsv, say.
# WRAPPER=command runs the measurements under it, "nice" for example.
set -eu
cd "$(dirname "$0")/../.."
data=$(realpath "${1:?a TSV with a header and the texts in its first column}") seconds=${2:-8}
model=models/sst2-minilm-w1a2.safetensors
scripts/install.sh runtime test demo
scripts/step.sh "Configuring" build/configure.log cmake -S . -B build -G Ninja -DBITCPP_TESTS=ON
scripts/step.sh "Building bit" build/build-serve.log cmake --build build --target bit serve_load
venv=build/bench-serve-venv
[ -x $venv/bin/python ] || python3 -m venv $venv
scripts/step.sh "Installing onnxruntime and FastAPI" build/bench-serve.log \
  $venv/bin/pip install -q fastapi uvicorn onnx onnxruntime numpy tokenizers
$venv/bin/python bench/serve/measure.py "$data" $model "$seconds"
