# SPDX-License-Identifier: Apache-2.0
include(GoogleTest)

# faastax_test(<name> SOURCES <file>... LIBRARIES <target>... [DEFINITIONS <macro=value>...]): a GoogleTest
# program of pure tests.
function(faastax_test name)
  if(NOT BUILD_TESTING)
    return()
  endif()
  cmake_parse_arguments(ARG "" "" "SOURCES;LIBRARIES;DEFINITIONS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE faastax_flags ${ARG_LIBRARIES} GTest::gtest_main GTest::gmock)
  target_compile_definitions(${name} PRIVATE ${ARG_DEFINITIONS})
  gtest_discover_tests(${name} PROPERTIES LABELS pure DISCOVERY_TIMEOUT 30)
endfunction()
