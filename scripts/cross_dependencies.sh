#!/bin/bash
# Builds what the runtime and its tests need for another machine, from the sources of Debian:
# scripts/cross_dependencies.sh FOLDER CMAKE_OPTION...
# The libraries lie in FOLDER/prefix; the options name the toolchain. Nothing is done where they lie already.
set -eu
cd "$(dirname "$0")/.."
folder=$1
shift
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
prefix=$folder/prefix
[ ! -e "$prefix/complete" ] || exit 0
rm -rf "$prefix"
mkdir -p "$prefix/lib/pkgconfig" "$prefix/include" "$prefix/share/cmake"

# Source packages need an index of their own. It is kept here: the system's package lists stay as they are.
fetch_sources() {
  mkdir -p "$folder/lists/partial"
  apt-get indextargets --format 'deb-src $(REPO_URI) $(RELEASE) main' \
    'Created-By: Packages' 'Label: Debian' 'Component: main' | sort -u >"$folder/sources.list"
  local apt=(apt-get -o "Dir::State::lists=$folder/lists" -o "Dir::Etc::sourcelist=$folder/sources.list"
    -o Dir::Etc::sourceparts=/dev/null -o "Dir::Cache=$folder" -o APT::Sandbox::User=root)
  "${apt[@]}" update
  (cd "$folder" && "${apt[@]}" source --download-only utf8proc zlib)
}

# The file of a source package as its authors published it.
unpack() {
  rm -rf "${folder:?}/$1"
  mkdir "$folder/$1"
  tar -xf "$folder/$1"_*.orig.tar.* -C "$folder/$1" --strip-components=1
}

build() {
  local source=$1
  shift
  cmake -S "$source" -B "$folder/build-$(basename "$source")" -G Ninja -DCMAKE_BUILD_TYPE=Release \
    -DCMAKE_INSTALL_PREFIX="$prefix" -DBUILD_SHARED_LIBS=OFF "$@"
  cmake --build "$folder/build-$(basename "$source")" --target install
}

all() {
  fetch_sources
  unpack utf8proc
  unpack zlib
  # Named by zlib's CMakeLists.txt for every system, left out by Debian, used on Windows alone.
  mkdir -p "$folder/zlib/win32"
  touch "$folder/zlib/win32/zlib1.rc"
  build "$folder/utf8proc" "$@"
  build "$folder/zlib" "$@"
  rm -f "$prefix"/lib/libz.so*
  build /usr/src/googletest -DBUILD_GMOCK=OFF "$@"
  # Headers alone: those of this machine serve every other.
  cp -rL /usr/include/nlohmann /usr/include/CLI "$prefix/include/"
  for package in nlohmann_json CLI11; do
    cp -rL "$(dirname "$(find /usr/share /usr/lib -name "${package}Config.cmake" -print -quit)")" \
      "$prefix/share/cmake/"
  done
  touch "$prefix/complete"
}
export -f all fetch_sources unpack build
export folder prefix
scripts/step.sh "Building libraries" "$folder/dependencies.log" bash -euc 'all "$@"' all "$@"
