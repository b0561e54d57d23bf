#!/bin/bash
# The installed library as a user meets it: `cmake --install` into an empty prefix, then the examples built by
# find_package and by pkg-config and run, and a look at what the shared library exports.
# installed_library.sh BUILD SOURCE
set -eu
build=$1 source=$2
model=$source/models/snips-minilm-w1a1.safetensors
folder=$(mktemp -d "$build/Testing/scratch/installed.XXXXXX")
trap 'rm -rf "$folder"' EXIT

fail() {
  echo "$*" >&2
  exit 1
}
expect() {  # expect WHAT PATTERN TEXT
  grep -qE "$2" <<<"$3" || fail "$1: expected '$2', got: $3"
}

for component in runtime library development; do
  cmake --install "$build" --prefix "$folder/prefix" --component "$component" >"$folder/install.log"
done
[ -x "$folder/prefix/bin/bit" ] || fail "no bin/bit was installed"

# 1. find_package: the shared library for C and C++, the static one with threads.
cmake -S "$source/examples/library" -B "$folder/cmake" -G Ninja -DCMAKE_BUILD_TYPE=Debug \
  -DCMAKE_PREFIX_PATH="$folder/prefix" >"$folder/cmake.log" || fail "$(cat "$folder/cmake.log")"
cmake --build "$folder/cmake" >"$folder/build.log" || fail "$(cat "$folder/build.log")"
expect "C" '^PlayMusic	(0\.9|1\.0)' "$("$folder/cmake/classify" "$model" 'play some jazz by miles davis')"
expect "C++" '^PlayMusic	' "$("$folder/cmake/classify_cpp" "$model" 'play some jazz by miles davis')"

# 2. The same labels from three threads as from `bit run`.
cut -f 1 "$source/examples/snips/valid.tsv" | sed -n '2,61p' >"$folder/texts.txt"
"$folder/cmake/threads" "$model" 3 <"$folder/texts.txt" >"$folder/labels.txt"
"$folder/prefix/bin/bit" run --format text "$model" "$folder/texts.txt" 2>/dev/null |
  sed 's/.*"label":"\([^"]*\)".*/\1/' >"$folder/expected.txt"
[ "$(wc -l <"$folder/expected.txt")" = 60 ] || fail "bit run gave $(wc -l <"$folder/expected.txt") lines"
cmp "$folder/labels.txt" "$folder/expected.txt" || fail "threads: other labels than bit run's"

# 3. Errors: a line and a status, no abort.
set +e
message=$("$folder/cmake/classify" "$folder/none.safetensors" text 2>&1)
status=$?
set -e
[ $status = 2 ] || fail "a missing model: status $status"
expect "a missing model" 'none.safetensors' "$message"

# 4. pkg-config, shared and static.
pc=$(dirname "$(find "$folder/prefix" -name bitcpp.pc)")
export PKG_CONFIG_PATH=$pc
expect "pkg-config" '^[0-9]+\.[0-9]+\.[0-9]+$' "$(pkg-config --modversion bitcpp)"
libraries=$(pkg-config --variable=libdir bitcpp)
# shellcheck disable=SC2046
cc -std=c99 -Wall -Wextra -Werror -pedantic "$source/examples/library/classify.c" -o "$folder/shared" \
  $(pkg-config --cflags --libs bitcpp) "-Wl,-rpath,$libraries"
expect "pkg-config" '^PlayMusic	' "$("$folder/shared" "$model" 'play some jazz by miles davis' | sort -k2 -r | head -1)"
# shellcheck disable=SC2046
c++ -std=c++17 -Wall -Wextra -Werror -pedantic "$source/examples/library/classify.cpp" -o "$folder/static" \
  $(pkg-config --cflags bitcpp) "$libraries/libbitcpp.a" $(pkg-config --static --libs-only-l bitcpp | sed 's/-lbitcpp//') -pthread
expect "static" '^PlayMusic	' "$("$folder/static" "$model" 'play some jazz by miles davis')"

# 5. The interface and nothing else is exported.
others=$(nm -D --defined-only "$libraries/libbitcpp.so" | awk '{print $3}' | grep -v '^bitcpp_' | grep -v '^BITCPP_1' || true)
[ -z "$others" ] || fail "libbitcpp.so exports more than its interface: $others"
for name in $(grep -oE '\bbitcpp_[a-z_]+\(' "$source/include/bitcpp/bitcpp.h" | grep -v 'bitcpp_.*_$' | tr -d '(' | sort -u); do
  nm -D --defined-only "$libraries/libbitcpp.so" | grep -q " $name" || fail "libbitcpp.so lacks $name"
done

# 6. What docs/library.md shows: its program, built as it says with CMake and with pkg-config.
shown() {  # shown LANGUAGE
  awk -v fence="\`\`\`$1" '/^```/ { inside = marked && $0 == fence; marked = 0; next } inside
    { marked = $0 == "<!-- run by: tests/package/installed_library.sh -->" }' "$source/docs/library.md"
}
mkdir "$folder/shown"
cd "$folder/shown"
ln -s "$model" model.safetensors
shown cpp >classify.cpp
{
  printf 'cmake_minimum_required(VERSION 3.16)\nproject(shown CXX)\nadd_executable(my_program classify.cpp)\n'
  shown cmake
} >CMakeLists.txt
{ cmake -B by-cmake -G Ninja -DCMAKE_PREFIX_PATH="$folder/prefix" && cmake --build by-cmake; } >log 2>&1 || fail "$(cat log)"
expect "the page's program by CMake" '^PlayMusic$' "$(by-cmake/my_program)"
command=$(shown sh)
[ -n "$command" ] || fail "docs/library.md shows no command"
bash -euc "$command"
expect "the page's program by pkg-config" '^PlayMusic$' "$(LD_LIBRARY_PATH=$libraries ./a.out)"
