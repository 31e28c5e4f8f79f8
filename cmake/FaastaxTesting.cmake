# SPDX-License-Identifier: Apache-2.0
include(GoogleTest)

# All pure tests, and no program that they do not need: what the sanitizers' build makes.
add_custom_target(pure_tests)

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
  add_dependencies(pure_tests ${name})
  gtest_discover_tests(${name} PROPERTIES LABELS pure DISCOVERY_TIMEOUT 30)
endfunction()
