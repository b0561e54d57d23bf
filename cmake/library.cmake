# libbitcpp, shared and static, made of the objects of the rooms it needs, and what makes it a package:
# find_package(bitcpp) gives bitcpp::bitcpp (shared) and bitcpp::static, pkg-config gives bitcpp.
include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

# The shared library's name; the number is BITCPP_API_VERSION.
file(STRINGS ${PROJECT_SOURCE_DIR}/include/bitcpp/bitcpp.h api_version REGEX "define BITCPP_API_VERSION")
string(REGEX REPLACE "[^0-9]" "" api_version "${api_version}")
file(STRINGS ${PROJECT_SOURCE_DIR}/include/bitcpp/bitcpp.h header_version REGEX "define BITCPP_VERSION ")
if(NOT header_version MATCHES "\"${PROJECT_VERSION}\"")
  message(FATAL_ERROR "include/bitcpp/bitcpp.h: ${header_version}, expected this project's ${PROJECT_VERSION}")
endif()

set(library_rooms api base text kernels decode format model)
list(TRANSFORM library_rooms REPLACE "(.+)" "$<TARGET_OBJECTS:bitcpp_\\1>" OUTPUT_VARIABLE library_objects)
set(exported ${PROJECT_SOURCE_DIR}/cmake/bitcpp.map)

add_library(bitcpp_shared SHARED ${library_objects})
add_library(bitcpp_static STATIC ${library_objects})
foreach(library bitcpp_shared bitcpp_static)
  set_target_properties(${library} PROPERTIES OUTPUT_NAME bitcpp LINKER_LANGUAGE CXX
    VERSION ${PROJECT_VERSION} SOVERSION ${api_version})
  target_compile_features(${library} INTERFACE cxx_std_17)
  target_include_directories(${library} INTERFACE
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
endforeach()
set_target_properties(bitcpp_shared PROPERTIES EXPORT_NAME bitcpp LINK_DEPENDS ${exported})
set_target_properties(bitcpp_static PROPERTIES EXPORT_NAME static)
target_link_libraries(bitcpp_shared PRIVATE PkgConfig::utf8proc Threads::Threads)
# Only the interface leaves the library: what is inside may have the names of a user's code.
target_link_options(bitcpp_shared PRIVATE -Wl,--version-script=${exported})
if(NOT BITCPP_SANITIZE)  # whose own functions are in the program
  target_link_options(bitcpp_shared PRIVATE -Wl,--no-undefined)
endif()
# By their plain names: whoever links against the installed archive has no PkgConfig::utf8proc.
target_link_libraries(bitcpp_static INTERFACE utf8proc Threads::Threads)
add_library(bitcpp::bitcpp ALIAS bitcpp_shared)
add_library(bitcpp::static ALIAS bitcpp_static)

set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/bitcpp)
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/bitcppConfig.cmake.in
  ${PROJECT_BINARY_DIR}/package/bitcppConfig.cmake INSTALL_DESTINATION ${package_folder})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/package/bitcppConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
set(prefix "@prefix@")  # for the second time, below
configure_file(${PROJECT_SOURCE_DIR}/cmake/bitcpp.pc.in ${PROJECT_BINARY_DIR}/package/bitcpp.pc.in @ONLY)

# `library` is what a program needs to run, `development` what it takes to build one.
install(TARGETS bitcpp_shared EXPORT bitcppTargets
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT library NAMELINK_COMPONENT development)
install(TARGETS bitcpp_static EXPORT bitcppTargets
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development)
install(EXPORT bitcppTargets NAMESPACE bitcpp:: DESTINATION ${package_folder} COMPONENT development)
install(FILES ${PROJECT_BINARY_DIR}/package/bitcppConfig.cmake ${PROJECT_BINARY_DIR}/package/bitcppConfigVersion.cmake
  DESTINATION ${package_folder} COMPONENT development)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/bitcpp DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development)
# The prefix is known only now: cmake --install may be given another one.
install(CODE "
  set(prefix \"\${CMAKE_INSTALL_PREFIX}\")
  configure_file(\"${PROJECT_BINARY_DIR}/package/bitcpp.pc.in\" \"${PROJECT_BINARY_DIR}/package/bitcpp.pc\" @ONLY)"
  COMPONENT development)
install(FILES ${PROJECT_BINARY_DIR}/package/bitcpp.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT development)
