# What every file of a WebAssembly build needs. WebAssembly's own exceptions (all engines since 2022) cost
# nothing until one is thrown; emscripten's older ones go through JavaScript at every call.
add_compile_options(-fwasm-exceptions)
add_link_options(-fwasm-exceptions)

# Nothing here is a shared library.
set(CMAKE_POSITION_INDEPENDENT_CODE OFF)

# Where Debian keeps emscripten's JavaScript parts; a Node from elsewhere does not look there.
set_property(GLOBAL PROPERTY RULE_LAUNCH_LINK "${CMAKE_COMMAND} -E env NODE_PATH=/usr/share/nodejs")

# What Debian 12's emscripten lacks of C++20.
include(CheckIncludeFileCXX)
check_include_file_cxx(memory_resource BITCPP_HAS_MEMORY_RESOURCE)
if(NOT BITCPP_HAS_MEMORY_RESOURCE)
  include_directories(BEFORE ${PROJECT_SOURCE_DIR}/wasm/compat)
  add_compile_options(-include ${PROJECT_SOURCE_DIR}/wasm/compat/bit_cast.h)
endif()

if(BITCPP_TESTS)
  # Tests run in Node and read the source tree. Emscripten before 3.1.10 would fetch files by Node's fetch.
  set(CMAKE_CROSSCOMPILING_EMULATOR node --no-experimental-fetch)
  target_link_options(GTest::gtest_main INTERFACE
    -O1 -sNODERAWFS=1 -sALLOW_MEMORY_GROWTH=1 -sEXIT_RUNTIME=1)  # -O1: wasm-opt is slow
  # The module has no threads.
  set(BITCPP_TEST_ARGUMENTS --gtest_filter=-*Threads*:*ThreadPool*)
endif()
