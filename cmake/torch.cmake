# LibTorch as the imported target bitcpp_torch: Debian's libtorch-dev, or the folder of a pip-installed torch 2.x.
# The wheel's own CMake package insists on a CUDA toolkit, so it is passed by and the libraries are linked directly.
add_library(bitcpp_torch INTERFACE)
set(openmp OpenMP::OpenMP_CXX)
if(BITCPP_TORCH STREQUAL "debian")
  find_path(torch_include torch/torch.h PATH_SUFFIXES torch/csrc/api/include REQUIRED)
  find_library(torch_cpu_library torch_cpu REQUIRED)
  find_library(c10_library c10 REQUIRED)
  target_include_directories(bitcpp_torch SYSTEM INTERFACE ${torch_include})
  target_link_libraries(bitcpp_torch INTERFACE ${torch_cpu_library} ${c10_library})
else()
  set(about ${BITCPP_TORCH}/share/cmake/Torch/TorchConfig.cmake)
  if(EXISTS ${about})
    file(STRINGS ${about} old_strings REGEX "_GLIBCXX_USE_CXX11_ABI=0")
    if(old_strings)
      message(FATAL_ERROR "${BITCPP_TORCH}: built with the C++ strings of before GCC 5, as pip's torch was until 2.6; "
        "expected torch 2.7 or newer")
    endif()
  endif()
  target_include_directories(bitcpp_torch SYSTEM INTERFACE
    ${BITCPP_TORCH}/include ${BITCPP_TORCH}/include/torch/csrc/api/include)
  target_link_directories(bitcpp_torch INTERFACE ${BITCPP_TORCH}/lib)
  # By hand, not CMake's: this one stays in what `make install` copies.
  target_link_options(bitcpp_torch INTERFACE -Wl,-rpath,${BITCPP_TORCH}/lib)
  # The wheel's libraries export half of a std::filesystem of their own (2.11: its remove_all calls address 0). The
  # first library that has a symbol gives it.
  target_link_libraries(bitcpp_torch INTERFACE -Wl,--no-as-needed,-lstdc++,--as-needed)
  if(EXISTS ${BITCPP_TORCH}/lib/libtorch_cuda.so)
    # --no-as-needed: nothing refers to libtorch_cuda by symbol, its constructors register the GPU.
    target_link_libraries(bitcpp_torch INTERFACE
      -Wl,--no-as-needed torch torch_cuda c10_cuda -Wl,--as-needed torch_cpu c10)
  else()
    target_link_libraries(bitcpp_torch INTERFACE torch_cpu c10)
  endif()
  # The wheel carries its own OpenMP. A second one beside it would start its own threads on the same cores.
  file(GLOB torch_openmp ${BITCPP_TORCH}/lib/libgomp*.so* ${BITCPP_TORCH}/../torch.libs/libgomp*.so*)
  if(torch_openmp AND "gomp" IN_LIST OpenMP_CXX_LIB_NAMES)
    list(GET torch_openmp 0 torch_openmp)
    target_compile_options(bitcpp_torch INTERFACE ${OpenMP_CXX_FLAGS})
    set(openmp ${torch_openmp})
  endif()
endif()
target_link_libraries(bitcpp_torch INTERFACE ${openmp})
