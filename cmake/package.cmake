# Manual pages and completions (target bit_manual), and Debian packages by CPack (`make package`): bitcpp with the program,
# its models and the server's unit; libbitcpp1 and libbitcpp-dev.
include(GNUInstallDirs)
set(manual ${PROJECT_BINARY_DIR}/manual)
add_custom_command(OUTPUT ${manual}/man1/bit.1.gz
  COMMAND ${CMAKE_COMMAND} -DBIT=$<TARGET_FILE:bit> -DOUT=${manual} -P ${PROJECT_SOURCE_DIR}/cmake/write_manual.cmake
  DEPENDS bit ${PROJECT_SOURCE_DIR}/cmake/write_manual.cmake VERBATIM)
add_custom_target(bit_manual ALL DEPENDS ${manual}/man1/bit.1.gz)
install(DIRECTORY ${manual}/man1 DESTINATION ${CMAKE_INSTALL_MANDIR} COMPONENT runtime)
install(FILES ${manual}/completions/bit DESTINATION share/bash-completion/completions COMPONENT runtime)
install(FILES ${manual}/completions/_bit DESTINATION share/zsh/vendor-completions COMPONENT runtime)
install(FILES ${manual}/completions/bit.fish DESTINATION share/fish/vendor_completions.d COMPONENT runtime)
file(GLOB models ${PROJECT_SOURCE_DIR}/models/*.safetensors)
install(FILES ${models} ${PROJECT_SOURCE_DIR}/models/README.md DESTINATION share/bitcpp/models COMPONENT runtime)

# What only a package brings: component `service` for the program's, the same papers for all three.
install(FILES ${PROJECT_SOURCE_DIR}/packaging/bit-serve.service DESTINATION lib/systemd/system COMPONENT service)
configure_file(${PROJECT_SOURCE_DIR}/packaging/changelog.in ${PROJECT_BINARY_DIR}/package/changelog)
execute_process(COMMAND gzip -9nkf ${PROJECT_BINARY_DIR}/package/changelog COMMAND_ERROR_IS_FATAL ANY)
foreach(pair bitcpp:service libbitcpp${api_version}:library-papers libbitcpp-dev:development-papers)
  string(REPLACE ":" ";" pair ${pair})
  list(GET pair 0 package)
  list(GET pair 1 component)
  install(FILES ${PROJECT_SOURCE_DIR}/packaging/copyright ${PROJECT_BINARY_DIR}/package/changelog.gz
    DESTINATION share/doc/${package} COMPONENT ${component})
endforeach()

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME bitcpp)
set(CPACK_PACKAGE_CONTACT "The bit.cpp authors <bitcpp@localhost.localdomain>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "1-bit transformers on plain CPUs")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_OUTPUT_FILE_PREFIX ${PROJECT_BINARY_DIR}/packages)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_GROUPING ONE_PER_GROUP)
set(CPACK_COMPONENTS_ALL runtime service library library-papers development development-papers)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS_POLICY ">=")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

set(CPACK_DEBIAN_PROGRAM_PACKAGE_NAME bitcpp)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_CONTROL_EXTRA
  "${PROJECT_SOURCE_DIR}/packaging/postinst;${PROJECT_SOURCE_DIR}/packaging/postrm")
set(CPACK_COMPONENT_PROGRAM_DESCRIPTION "Classifies, tags and answers with BERT-type models whose weights and
 activations are single bits, from files, from pipes and over HTTP.")
set(CPACK_DEBIAN_LIBRARY_PACKAGE_NAME libbitcpp${api_version})
set(CPACK_DEBIAN_LIBRARY_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_LIBRARY_PACKAGE_CONTROL_EXTRA "${PROJECT_SOURCE_DIR}/packaging/triggers")
set(CPACK_COMPONENT_LIBRARY_DESCRIPTION "1-bit transformers on plain CPUs, the library
 Runs BERT-type models whose weights and activations are single bits,
 behind a C interface.")
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME libbitcpp-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS "libbitcpp${api_version} (= ${PROJECT_VERSION}), libutf8proc-dev")
set(CPACK_COMPONENT_DEVELOPMENT_DESCRIPTION "1-bit transformers on plain CPUs, development files
 Headers for C and C++, the static library, and what CMake and
 pkg-config need to find them.")

include(CPack)
cpack_add_component_group(program)
cpack_add_component_group(library)
cpack_add_component_group(development)
cpack_add_component(runtime GROUP program)
cpack_add_component(service GROUP program)
cpack_add_component(library GROUP library)
cpack_add_component(library-papers GROUP library)
cpack_add_component(development GROUP development)
cpack_add_component(development-papers GROUP development)
