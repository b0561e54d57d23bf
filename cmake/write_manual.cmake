# cmake -DBIT=program -DOUT=folder -P write_manual.cmake: manual pages and shell completions out of the program's own help.
function(help_to file)
  execute_process(COMMAND ${BIT} help ${ARGN} OUTPUT_FILE ${OUT}/${file} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

execute_process(COMMAND ${BIT} help OUTPUT_VARIABLE overview COMMAND_ERROR_IS_FATAL ANY)
string(REGEX REPLACE ".*\nCommands:\n" "" commands "${overview}")
string(REGEX REPLACE "\n\n.*" "" commands "${commands}")
string(REGEX MATCHALL "(^|\n)  [a-z]+" commands "${commands}")
list(TRANSFORM commands STRIP)

file(REMOVE_RECURSE ${OUT})
file(MAKE_DIRECTORY ${OUT}/man1 ${OUT}/completions)
help_to(man1/bit.1 --man)
foreach(command ${commands})
  help_to(man1/bit-${command}.1 ${command} --man)
endforeach()
help_to(completions/bit --completion bash)
help_to(completions/_bit --completion zsh)
help_to(completions/bit.fish --completion fish)

find_program(GZIP gzip REQUIRED)
file(GLOB pages ${OUT}/man1/*.1)
execute_process(COMMAND ${GZIP} -9n ${pages} COMMAND_ERROR_IS_FATAL ANY)
