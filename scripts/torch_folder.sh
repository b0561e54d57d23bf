#!/bin/bash
# Prints what BITCPP_TORCH has to be: scripts/torch_folder.sh debian|pip|FOLDER BUILD_FOLDER
# "pip" makes a virtual environment in the build folder and installs torch 2.x there, once. Before 2.7 its wheels had the
# C++ strings of before GCC 5, which nothing else here links with.
set -eu
torch=$1 build=$2

case $torch in
  debian) echo debian ;;
  pip)
    if ! [ -e "$build/venv/complete" ]; then
      rm -rf "$build/venv"
      scripts/step.sh "Making a virtual environment" "$build/venv.log" python3 -m venv "$build/venv"
      scripts/step.sh "Installing torch with pip (several GB)" "$build/pip.log" \
        "$build/venv/bin/python" -m pip install --no-cache-dir --disable-pip-version-check 'torch>=2.7'
      touch "$build/venv/complete"
    fi
    realpath "$build"/venv/lib/python3*/site-packages/torch
    ;;
  *)
    if ! [ -e "$torch/include/torch/csrc/api/include/torch/torch.h" ]; then
      echo "  TORCH=$torch: expected debian, pip, or the folder of an installed torch 2.x" >&2
      exit 2
    fi
    realpath "$torch"
    ;;
esac
