# LibTorch's headers, read once: they cost about 8 s of every translation unit that includes them. The code around LibTorch
# waits for LibTorch's kernels or ours, so it is compiled with -O1: a third less time for the build, none lost in training.
#
#   bitcpp_torch_headers(bitcpp_train)   the train room makes them, the other static libraries reuse its
function(bitcpp_torch_headers NAME)
  target_compile_options(${NAME} PRIVATE -O1)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(${NAME} PRIVATE -fpch-preprocess)  # what ccache needs to see through them
  endif()
  if(NAME STREQUAL "bitcpp_train")
    target_precompile_headers(${NAME} PRIVATE <train/libtorch.h>)
  else()
    target_precompile_headers(${NAME} REUSE_FROM bitcpp_train)
  endif()
endfunction()
