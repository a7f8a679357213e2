# Installs BUILD into a folder of its own and looks at what is there.
set(prefix ${BUILD}/tests/installed)
file(REMOVE_RECURSE ${prefix})
execute_process(COMMAND ${CMAKE_COMMAND} --install ${BUILD} --prefix ${prefix}
  OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
foreach(pair ${MAN}/man1/nightshift.1=.Dt ${DATA}/bash-completion/completions/nightshift=complete
    ${DATA}/zsh/site-functions/_nightshift=\#compdef
    ${DATA}/fish/vendor_completions.d/nightshift.fish=complete)
  string(REPLACE "=" ";" pair ${pair})
  list(POP_FRONT pair file word)
  file(READ ${prefix}/${file} text)
  if(NOT text MATCHES "${word}")
    message(FATAL_ERROR "${file} has no ${word}")
  endif()
endforeach()
execute_process(COMMAND ${prefix}/${BIN}/nightshift --version
  OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
file(REMOVE_RECURSE ${prefix})
