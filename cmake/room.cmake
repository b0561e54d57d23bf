# One room of src/: every *.cc but *_test.cc goes into the static library bitcpp_NAME, every x_test.cc
# becomes the test NAME.x. DEPS are the rooms (or libraries) this one may include from, which keeps
# includes pointing one way.
#
#   bitcpp_room(text DEPS base PkgConfig::utf8proc)
function(bitcpp_room NAME)
  cmake_parse_arguments(ROOM "" "" "DEPS;TEST_DEPS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_test\\.cc$")
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  add_library(bitcpp_${NAME} STATIC ${sources})
  target_include_directories(bitcpp_${NAME} PUBLIC ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/include)
  target_compile_options(bitcpp_${NAME} PRIVATE ${BITCPP_WARNINGS})
  foreach(dep ${ROOM_DEPS})
    if(TARGET bitcpp_${dep})
      target_link_libraries(bitcpp_${NAME} PUBLIC bitcpp_${dep})
    else()
      target_link_libraries(bitcpp_${NAME} PUBLIC ${dep})
    endif()
  endforeach()
  if(NOT BITCPP_TESTS)
    return()
  endif()
  foreach(test ${tests})
    get_filename_component(stem ${test} NAME_WE)
    string(REGEX REPLACE "_test$" "" stem ${stem})
    add_executable(${NAME}_${stem}_test ${test})
    target_link_libraries(${NAME}_${stem}_test PRIVATE bitcpp_${NAME} GTest::gtest_main ${ROOM_TEST_DEPS})
    target_compile_options(${NAME}_${stem}_test PRIVATE ${BITCPP_WARNINGS})
    target_compile_definitions(${NAME}_${stem}_test PRIVATE
      BITCPP_SOURCE_DIR="${PROJECT_SOURCE_DIR}" BITCPP_BINARY_DIR="${PROJECT_BINARY_DIR}")
    add_test(NAME ${NAME}.${stem} COMMAND ${NAME}_${stem}_test ${BITCPP_TEST_ARGUMENTS}
      WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
    # Not /tmp: two checkouts tested at once would write into each other's folders.
    set_tests_properties(${NAME}.${stem} PROPERTIES
      ENVIRONMENT TEST_TMPDIR=${PROJECT_BINARY_DIR}/Testing/scratch)
  endforeach()
endfunction()
