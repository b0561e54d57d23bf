#!/bin/bash
# Prints the Python to build and test the module with: scripts/python_venv.sh BUILD_FOLDER
# A virtual environment in the build folder, made once.
set -eu
build=$1
requirements=python/requirements-test.txt
if ! cmp -s "$requirements" "$build/python-venv/complete"; then
  rm -rf "$build/python-venv"
  scripts/step.sh "Making a virtual environment for Python" "$build/python-venv.log" python3 -m venv "$build/python-venv"
  scripts/step.sh "Installing what Python's tests need" "$build/python-pip.log" \
    "$build/python-venv/bin/python" -m pip install --disable-pip-version-check -r "$requirements"
  cp "$requirements" "$build/python-venv/complete"
fi
realpath -s "$build/python-venv/bin/python"
