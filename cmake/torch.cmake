# LibTorch as the imported target bitcpp_torch: Debian's libtorch-dev, or the folder of a pip-installed torch 2.x.
# The wheel's own CMake package insists on a CUDA toolkit, so it is passed by and the libraries are linked directly.
add_library(bitcpp_torch INTERFACE)
if(BITCPP_TORCH STREQUAL "debian")
  find_path(torch_include torch/torch.h PATH_SUFFIXES torch/csrc/api/include REQUIRED)
  find_library(torch_cpu_library torch_cpu REQUIRED)
  find_library(c10_library c10 REQUIRED)
  target_include_directories(bitcpp_torch SYSTEM INTERFACE ${torch_include})
  target_link_libraries(bitcpp_torch INTERFACE ${torch_cpu_library} ${c10_library})
else()
  file(GLOB torch_cuda_library ${BITCPP_TORCH}/lib/libtorch_cuda.so)
  target_include_directories(bitcpp_torch SYSTEM INTERFACE
    ${BITCPP_TORCH}/include ${BITCPP_TORCH}/include/torch/csrc/api/include)
  target_link_directories(bitcpp_torch INTERFACE ${BITCPP_TORCH}/lib)
  target_link_options(bitcpp_torch INTERFACE -Wl,-rpath,${BITCPP_TORCH}/lib)
  if(torch_cuda_library)
    # --no-as-needed: nothing refers to libtorch_cuda by symbol, its constructors register the GPU.
    target_link_libraries(bitcpp_torch INTERFACE
      -Wl,--no-as-needed torch torch_cuda c10_cuda -Wl,--as-needed torch_cpu c10)
  else()
    target_link_libraries(bitcpp_torch INTERFACE torch_cpu c10)
  endif()
endif()
target_link_libraries(bitcpp_torch INTERFACE OpenMP::OpenMP_CXX)
