#!/bin/bash
# The documentation site, in build/site: scripts/docs.sh. Every warning is an error: a link that leads nowhere, a page that is
# in no menu, a part of the interface without a word. BIT=program whose help is the reference (build/bit).
set -eu
cd "$(dirname "$0")/.."
bit=${BIT:-build/bit}
requirements=docs/site/requirements.txt
if ! cmp -s "$requirements" build/docs-venv/complete; then
  rm -rf build/docs-venv
  scripts/step.sh "Making a virtual environment for the documents" build/docs-venv.log python3 -m venv build/docs-venv
  scripts/step.sh "Installing mkdocs" build/docs-pip.log \
    build/docs-venv/bin/python -m pip install --disable-pip-version-check -r "$requirements"
  cp "$requirements" build/docs-venv/complete
fi
build/docs-venv/bin/python docs/site/assemble.py . "$bit" build/site-pages
BITCPP_DOXYGEN_OUT=build/site-pages/c doxygen docs/Doxyfile
rm -rf build/site-pages/c/xml
# Not --quiet: what it silences, --strict does not see.
NO_MKDOCS_2_WARNING=1 scripts/step.sh "Building the site" build/docs.log \
  build/docs-venv/bin/mkdocs build --strict --config-file build/mkdocs.yml
echo "  build/site/index.html: $(find build/site -name '*.html' | wc -l) pages"
