# Compiles the files of a room together, FILES in one translation unit: what they share, the templates of JSON, CLI11 and
# LibTorch above all, is then read and compiled once, not once a file. A file with compile options of its own is left
# out by itself. Files of a room see each other's unnamed namespaces, so names there are unique in a room.
# The rooms that answer a text (kernels, text, model) are compiled file by file.
#
#   bitcpp_together(bitcpp_report 12)   12 files a unit; two units of one room keep two cores busy
#
# -DBITCPP_TOGETHER=OFF compiles each file alone: it shows a missing #include, and it is quicker while one file of a
# large room is edited.
option(BITCPP_TOGETHER "compile the files of most rooms together: from scratch much faster" ON)

function(bitcpp_together TARGET FILES)
  if(NOT BITCPP_TOGETHER)
    return()
  endif()
  set_target_properties(${TARGET} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE ${FILES})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # It takes the .cc files, which the unit includes, for headers.
    target_compile_options(${TARGET} PRIVATE -Wno-subobject-linkage)
  endif()
endfunction()
