# SPDX-License-Identifier: Apache-2.0
set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo)
endif()

set(FAASTAX_SANITIZE "" CACHE STRING "Sanitizers to build with, e.g. address,undefined")
option(FAASTAX_FUZZ "Build the fuzzers with libFuzzer (clang alone); else they replay their corpus as tests" OFF)

# What every target of ours is built with.
add_library(faastax_flags INTERFACE)
target_include_directories(faastax_flags INTERFACE ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR})
target_compile_options(faastax_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast -Woverloaded-virtual
  $<$<CONFIG:Debug>:-O1>)
if(CMAKE_UNITY_BUILD)
  # A class of a .cpp file may have members of that file's own types; here that file is an included one.
  target_compile_options(faastax_flags INTERFACE $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-Wno-subobject-linkage>)
endif()
# The fuzzers' compiler: libstdc++ 12's stable_sort calls what it deprecates itself; libbpf's macros are C.
target_compile_options(faastax_flags INTERFACE "$<$<COMPILE_LANG_AND_ID:CXX,Clang>:-Wno-deprecated-declarations;\
-Wno-gnu-statement-expression-from-macro-expansion;-Wno-c99-extensions;-Wno-missing-designated-field-initializers>")
if(FAASTAX_SANITIZE)
  target_compile_options(faastax_flags INTERFACE -fsanitize=${FAASTAX_SANITIZE} -fno-omit-frame-pointer
    -fno-sanitize-recover=all)
  target_link_options(faastax_flags INTERFACE -fsanitize=${FAASTAX_SANITIZE})
endif()
