# cmake -DSOURCE=folder -DHEADER=file -P write_commit.cmake: the commit of SOURCE as a C++ constant, "unknown"
# outside of git. Leaves HEADER alone when nothing changed, so that nothing is compiled again.
set(commit "")
find_program(GIT git)
if(GIT)
  execute_process(COMMAND ${GIT} -C ${SOURCE} describe --always --dirty --exclude=* --abbrev=12
    OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
endif()
if(commit STREQUAL "")
  set(commit "unknown")
endif()
file(CONFIGURE OUTPUT ${HEADER} CONTENT "#define BITCPP_COMMIT \"${commit}\"\n")
