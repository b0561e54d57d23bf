#!/bin/bash
# The wheel as a user gets it: built by pip, installed into an environment of its own, tested there with scikit-learn, its
# annotations checked. scripts/test_python.sh [--cluster TEXTS]: then on a local Ray and Spark as well.
set -eu
cd "$(dirname "$0")/.."
cluster=
[ "${1:-}" != --cluster ] || cluster=${2:?--cluster needs a file of texts}
scripts/install.sh runtime python ${cluster:+java}
venv=build/wheel-venv
packages=(pytest tqdm scikit-learn mypy nbclient ipykernel ipywidgets)
[ -z "$cluster" ] || { venv=build/cluster-venv && packages=('ray[data]' pyspark pandas); }

# What docs/python.md and python/README.md say: the packages above, then pip, by way of a wheel as `make wheel` leaves it.
[ -x $venv/bin/python ] || scripts/step.sh "Making a virtual environment" $venv.log python3 -m venv $venv
scripts/step.sh "Installing ${packages[*]}" $venv-pip.log $venv/bin/python -m pip install -q --disable-pip-version-check \
  "${packages[@]}"
rm -rf build/wheels
scripts/step.sh "Building the wheel" build/wheel.log $venv/bin/python -m pip wheel --disable-pip-version-check . --no-deps \
  -w build/wheels
scripts/step.sh "Installing the wheel" build/wheel-install.log $venv/bin/python -m pip install --disable-pip-version-check \
  --force-reinstall --no-deps build/wheels/*.whl
ls -l build/wheels/*.whl

if [ -n "$cluster" ]; then
  PATH=$PWD/$venv/bin:$PATH $venv/bin/python tests/cluster/check.py models/sst2-minilm-w1a2.safetensors "$cluster"
else
  # From another folder, so that nothing of the tree is imported.
  root=$PWD
  cd "$venv"
  BITCPP_SOURCE_DIR=$root bin/python -m pytest -q -p no:cacheprovider -o testpaths= "$root/python/tests"
  bin/python -m mypy --config-file "$root/pyproject.toml" --package bitcpp
fi
