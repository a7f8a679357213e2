# Makes the Debian package of BUILD and looks at what is in it.
set(folder ${BUILD}/tests/package)
file(REMOVE_RECURSE ${folder})
execute_process(COMMAND ${CPACK} --config ${BUILD}/CPackConfig.cmake -B ${folder}
  OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
file(GLOB package ${folder}/*.deb)
execute_process(COMMAND dpkg --print-architecture OUTPUT_VARIABLE architecture
  OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
cmake_path(GET package FILENAME name)
if(NOT name STREQUAL "nightshift_${VERSION}_${architecture}.deb")
  message(FATAL_ERROR "the package is called ${name}")
endif()

execute_process(COMMAND dpkg-deb -c ${package} OUTPUT_VARIABLE files COMMAND_ERROR_IS_FATAL ANY)
set(docs usr/share/doc/nightshift)
foreach(file usr/bin/nightshift usr/share/man/man1/nightshift.1
    usr/share/bash-completion/completions/nightshift usr/share/zsh/vendor-completions/_nightshift
    usr/share/fish/vendor_completions.d/nightshift.fish ${docs}/copyright ${docs}/README.md
    ${docs}/README.zh-CN.md ${docs}/docs/recipes.md ${docs}/docs/picture.svg
    ${docs}/samples/quickstart.jsonl ${docs}/schemas/manifest_line.json)
  if(NOT files MATCHES "root/root +[1-9][0-9]* [^\n]* \\./${file}\n")
    message(FATAL_ERROR "${file} is missing, empty or not root's:\n${files}")
  endif()
endforeach()
string(REGEX MATCHALL "\n-[^\n]*" regular "\n${files}")
foreach(line IN LISTS regular)
  if(NOT line MATCHES "\\./usr/(bin/nightshift|share/.*)$" OR line MATCHES "site-functions")
    message(FATAL_ERROR "this does not belong into the package: ${line}")
  endif()
endforeach()

execute_process(COMMAND dpkg-deb -f ${package} OUTPUT_VARIABLE fields COMMAND_ERROR_IS_FATAL ANY)
foreach(library libc6 libcurl4 libsqlite3-0 libssl3 ca-certificates)
  if(NOT fields MATCHES "\nDepends: [^\n]*${library}")
    message(FATAL_ERROR "the package does not depend on ${library}:\n${fields}")
  endif()
endforeach()
file(REMOVE_RECURSE ${folder})
