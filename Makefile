# make            the runtime, build/bit (no LibTorch needed)
# make train      adds build/bit-train
# make demo       answers with the model that ships, then makes one from MiniLM and SNIPS
# make bench      measures everything beside other engines (bench/README.md); DATA=folder for more texts
# make test       builds everything and runs all tests
# make sanitize   the runtime's tests with sanitizers: address, undefined behaviour, threads
# make docs       the documentation site, in build/site
# make package    Debian packages, in build/packages; make test-package installs them into a fresh Debian (as root)
# make wheel      the Python module as a wheel, in build/wheels
# make test-python            the wheel, installed and tested with scikit-learn
# make test-python-cluster    and on a local Ray and Spark; DATA=folder for AG News
# make test-serve      the server with real clients, and its page in Chromium
# make test-serve-load the server under load, with figures: some 10 minutes of a quiet machine
# make install PREFIX=/usr/local     bit, and libbitcpp with its headers
# make results    docs/results.md out of the store of measured runs
# make format     clang-format on every source        make clean
# Missing packages are installed first (scripts/install.sh). TORCH=pip builds with a pip-installed
# torch 2.x, in build-pip; TORCH=/path/to/torch with one that is there already.
SHELL := /bin/bash
PREFIX ?= /usr/local
TORCH ?= debian
JOBS ?= $(shell nproc)

ifeq ($(TORCH),debian)
  BUILD ?= build
  TRAIN_PACKAGES := train
else
  BUILD ?= build-pip
  TRAIN_PACKAGES := train-pip
endif

# $(call configure,OPTIONS)   $(call compile,TARGETS)
configure = scripts/step.sh "Configuring" $(BUILD)/configure.log cmake -S . -B $(BUILD) -G Ninja $(1)
compile = scripts/step.sh "Building $(1)" "$(BUILD)/build $(1).log" \
  cmake --build $(BUILD) -j $(JOBS) --target $(1)
with_torch = torch=$$(scripts/torch_folder.sh "$(TORCH)" $(BUILD)) && \
  $(call configure,-DBITCPP_TRAIN=ON -DBITCPP_TORCH="$$torch" $(1))
# $(call with_python,COMMAND): COMMAND with $$python, which has what the Python module's build and tests need
with_python = python=$$(scripts/python_venv.sh $(BUILD)) && $(1)
sources = $$(find src tests bench include examples python wasm -name '*.cc' -o -name '*.h' -o -name '*.hpp' \
  -o -name '*.c' -o -name '*.cpp' 2>/dev/null)

.PHONY: all bench train demo test sanitize docs package test-package wheel test-python test-python-cluster test-serve test-serve-load \
  install results format check-format clean

all:
	@scripts/install.sh runtime
	@$(call configure)
	@$(call compile,bit)

train:
	@scripts/install.sh runtime $(TRAIN_PACKAGES)
	@$(call with_torch)
	@$(call compile,bit bit-train)

# One call for all packages: every call of apt costs ten seconds of its own. MiniLM is fetched while LibTorch's
# translation units compile; were that to fail, the last step tries again and says why.
demo:
	@scripts/install.sh runtime $(TRAIN_PACKAGES) demo
	@$(call with_torch)
	@$(call compile,bit)
	@BUILD=$(BUILD) scripts/demo.sh answer
	@scripts/fetch_backbone.sh >/dev/null 2>&1 & $(call compile,bit-train) && wait
	@BUILD=$(BUILD) scripts/demo.sh distill

test:
	@scripts/install.sh runtime $(TRAIN_PACKAGES) test python
	@$(call with_python,$(call with_torch,-DBITCPP_TESTS=ON -DBITCPP_PYTHON=ON -DPython_EXECUTABLE="$$python"))
	@$(call compile,all)
	@cd $(BUILD) && ctest -j $(JOBS) --output-on-failure --no-tests=error

# An hour or more of a machine that does nothing else.
bench:
	@bench/run.sh $(if $(DATA),--data $(DATA))

sanitize:
	@scripts/sanitize.sh

docs: all
	@scripts/install.sh docs
	@BIT=$(BUILD)/bit scripts/docs.sh

package:
	@scripts/install.sh runtime package
	@$(call configure)
	@$(call compile,bit bit_manual bitcpp_shared bitcpp_static)
	@cd $(BUILD) && $(CURDIR)/scripts/step.sh "Packing" package.log cpack
	@ls -l $(BUILD)/packages/*.deb

test-package: package
	@scripts/test_package.sh $(MIRROR)

wheel:
	@scripts/install.sh runtime python
	@scripts/step.sh "Building the wheel" build/wheel.log python3 -m pip wheel . --no-deps -w build/wheels
	@ls build/wheels

test-python:
	@scripts/test_python.sh

test-python-cluster:
	@scripts/test_python.sh --cluster $(if $(DATA),"$(DATA)/ag_news/test.csv.gz",examples/snips/valid.tsv)

test-serve:
	@tests/serve/clients.sh

test-serve-load:
	@tests/serve/load.sh

results: all
	@$(BUILD)/bit results --published results/published.jsonl --notes results/notes.md --out docs/results.md

install: all
	@$(call compile,bit_manual bitcpp_shared bitcpp_static)
	@for component in runtime library development; do \
	  cmake --install $(BUILD) --prefix "$(PREFIX)" --component $$component; done
	@[ ! -x $(BUILD)/bit-train ] || cmake --install $(BUILD) --prefix "$(PREFIX)" --component train

format:
	@clang-format -i $(sources)

check-format:
	@clang-format --dry-run -Werror $(sources)

clean:
	rm -rf build build-*
