#!/bin/bash
# Installs the Debian packages that are missing: scripts/install.sh GROUP...
# Groups: runtime, train, train-pip (train with a pip-installed torch), test, demo, python, java, docs,
# package, package-test, serve-clients; neon, wasm and what
# they share, cross (scripts/cross_test.sh); g and clang, compilers
# (scripts/same_bits.sh); highway (bench/highway).
# Nothing is done, and nothing asked, when all are there. BITCPP_YES=1 answers yes.
set -eu
cd "$(dirname "$0")/.."

packages_of() {
  case $1 in
    runtime) echo g++ cmake ninja-build pkg-config libutf8proc-dev nlohmann-json3-dev libcli11-dev \
      zlib1g-dev ;;
    train) echo libtorch-dev libopenblas0-pthread libtomlplusplus-dev libmimalloc-dev ;;
    train-pip) echo libtomlplusplus-dev libmimalloc-dev python3-venv ;;
    test) echo libgtest-dev clang-format curl ;;
    demo) echo python3-venv ;;
    python) echo python3-venv python3-dev ;;
    docs) echo python3-venv doxygen ;;
    package) echo dpkg-dev file ;;
    package-test) echo lintian systemd systemd-container debootstrap ;;
    java) echo openjdk-17-jre-headless ;;
    serve-clients) echo python3-venv curl wrk chromium fonts-dejavu-core ;;
    cross) echo googletest ;;
    neon) echo g++-aarch64-linux-gnu qemu-user ;;
    wasm) echo emscripten nodejs ;;
    highway) echo libhwy-dev ;;
    g) echo g++ ;;
    clang) echo clang ;;
    *)
      echo "scripts/install.sh: unknown group '$1'" >&2
      exit 2
      ;;
  esac
}

needed=()
for group in "$@"; do
  read -r -a more <<<"$(packages_of "$group")"
  needed+=("${more[@]}")
done

if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
  echo "  This is no Debian: make sure you have what these packages hold: ${needed[*]}" >&2
  exit 0
fi

missing=()
for package in "${needed[@]}"; do
  state=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$state" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  by_hand="install by hand, as root: apt-get install ${missing[*]}"
  if ! command -v sudo >/dev/null; then
    echo "  Packages are missing and there is no sudo; $by_hand" >&2
    exit 2
  fi
  if [ "${BITCPP_YES:-}" != 1 ]; then
    if ! [ -t 0 ]; then
      echo "  Packages are missing and there is no terminal to ask on; set BITCPP_YES=1, or $by_hand" >&2
      exit 2
    fi
    read -r -p "  Install ${missing[*]} with sudo apt-get? [Y/n] " answer
    case $answer in
      "" | y | Y | yes) ;;
      *)
        echo "  Nothing was installed; $by_hand" >&2
        exit 2
        ;;
    esac
  fi
  # The password is asked for here, where the terminal is free, not inside the quiet step.
  sudo -v
  as_root=(sudo)
fi

mkdir -p build
# An hour-old list is fresh enough; refreshing costs more than some installs.
if [ -z "$(find build/.package-lists -mmin -60 2>/dev/null)" ]; then
  scripts/step.sh "Refreshing the package lists" build/apt-update.log \
    "${as_root[@]}" apt-get update
  touch build/.package-lists
fi
# Waiting for the disk after every file makes most of an installation's time. Where no init system runs, in
# a container, nothing has to survive a power cut, and 300 packages take 1 minute instead of 2 or 3.
options=()
[ -d /run/systemd/system ] || options=(-o Dpkg::Options::=--force-unsafe-io)
scripts/step.sh "Installing ${missing[*]}" build/apt-install.log \
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
  apt-get install -y --no-install-recommends "${options[@]}" "${missing[@]}"
