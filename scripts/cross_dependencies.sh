#!/bin/bash
# Builds what the runtime and its tests need for another machine, from the sources of Debian:
# scripts/cross_dependencies.sh FOLDER "LIBRARY..." CMAKE_OPTION...
# GoogleTest, headers and those of utf8proc and zlib that are named; the options name the toolchain. They lie in
# FOLDER/prefix. Nothing is done where they lie already.
set -eu
cd "$(dirname "$0")/.."
folder=$1 libraries=$2
shift 2
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
  (cd "$folder" && "${apt[@]}" source --download-only $libraries)
}

# The sources of a package as its authors published them.
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

# Named by its CMakeLists.txt for every system, left out by Debian, used on Windows alone.
mend_zlib() {
  mkdir -p "$folder/zlib/win32"
  touch "$folder/zlib/win32/zlib1.rc"
}

all() {
  fetch_sources
  for library in $libraries; do
    unpack "$library"
    [ "$library" != zlib ] || mend_zlib
    build "$folder/$library" "$@"
  done
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
export -f all fetch_sources unpack mend_zlib build
export folder prefix libraries
scripts/step.sh "Building libraries" "$folder/dependencies.log" bash -euc 'all "$@"' all "$@"
