# SPDX-License-Identifier: Apache-2.0
find_program(FAASTAX_BPF_CLANG NAMES clang-19 REQUIRED)
find_program(FAASTAX_BPFTOOL NAMES bpftool PATHS /usr/sbin REQUIRED)

set(FAASTAX_BPF_FLAGS -target bpf -mcpu=v3 -g -O2 -std=gnu11 -Wall -Wextra -Werror
  -Wno-unused-parameter -Wno-missing-declarations -I${PROJECT_SOURCE_DIR} -idirafter /usr/include/${CMAKE_C_LIBRARY_ARCHITECTURE})

# faastax_bpf_object(<name> <source>...): compiles each source for BPF, links them into one object and makes
# its skeleton <build>/bpf/<name>.skel.h. The skeleton appears whole or not at all.
function(faastax_bpf_object name)
  set(out ${CMAKE_CURRENT_BINARY_DIR})
  set(objects)
  foreach(source IN LISTS ARGN)
    set(object ${out}/${source}.o)
    add_custom_command(OUTPUT ${object}
      COMMAND ${FAASTAX_BPF_CLANG} ${FAASTAX_BPF_FLAGS} -MD -MF ${object}.d -MT ${object}
              -c ${CMAKE_CURRENT_SOURCE_DIR}/${source} -o ${object}
      DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${source} DEPFILE ${object}.d
      COMMENT "BPF ${source}" VERBATIM)
    list(APPEND objects ${object})
  endforeach()
  set(skeleton ${out}/${name}.skel.h)
  add_custom_command(OUTPUT ${skeleton}
    COMMAND ${FAASTAX_BPFTOOL} gen object ${out}/${name}.bpf.o ${objects}
    COMMAND ${FAASTAX_BPFTOOL} gen skeleton ${out}/${name}.bpf.o name ${name} > ${skeleton}.tmp
    COMMAND ${CMAKE_COMMAND} -E rename ${skeleton}.tmp ${skeleton}
    DEPENDS ${objects} COMMENT "BPF skeleton ${name}" VERBATIM)
  add_custom_target(${name}_skeleton DEPENDS ${skeleton})
endfunction()
