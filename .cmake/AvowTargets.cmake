# How this project's targets are made: one helper for each kind, and no global flags.

# What every target of ours is compiled with.
add_library(avow_options INTERFACE)
target_compile_features(avow_options INTERFACE cxx_std_20)
# Files that become one unit share names that only each of them should see.
set(avow_linkage $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
set(avow_unity $<BOOL:$<TARGET_PROPERTY:UNITY_BUILD>>)
set(avow_has_units $<BOOL:$<TARGET_PROPERTY:AVOW_UNITS>>)
set(avow_shadow $<IF:$<OR:${avow_unity},${avow_has_units}>,${avow_linkage},-Wshadow>)
target_compile_options(avow_options INTERFACE
  $<BUILD_INTERFACE:-Wall;-Wextra;-Wpedantic;${avow_shadow};-Wconversion;-Wnon-virtual-dtor>)
# Nobody puts functions in the place of ours at run time: without that, a compiler that makes code
# for shared libraries, too, puts none of them into their callers.
target_compile_options(avow_options INTERFACE $<BUILD_INTERFACE:-fno-semantic-interposition>)
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
  # gcc 12 warns of overlaps inside std::string's operator+ that cannot be (its bug 105651), and
  # takes the wrong new for that of a coroutine.
  target_compile_options(avow_options INTERFACE
    $<BUILD_INTERFACE:-Wno-restrict;-Wno-mismatched-new-delete>)
endif()
if(PROJECT_IS_TOP_LEVEL)
  target_compile_options(avow_options INTERFACE -Werror)
endif()
if(AVOW_SANITIZERS)
  if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
    # gcc 12 warns of every fence of Asio's, which the thread sanitizer does not see: it may then
    # report a race that is none, and misses none.
    target_compile_options(avow_options INTERFACE $<BUILD_INTERFACE:-Wno-tsan>)
  endif()
  target_compile_options(avow_options INTERFACE
    -fsanitize=${AVOW_SANITIZERS} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(avow_options INTERFACE -fsanitize=${AVOW_SANITIZERS})
endif()

# What tests are compiled with besides, and last: most of CI's time is spent on compiling them. They
# need not be fast themselves. And of the sanitizers' checks they do without those that double the
# time of what is expanded from GoogleTest: libraries and programs have them all.
add_library(avow_test_options INTERFACE)
if(AVOW_SANITIZERS MATCHES undefined)
  target_compile_options(avow_test_options INTERFACE
    -fno-sanitize=vptr,object-size,alignment,null)
else()
  target_compile_options(avow_test_options INTERFACE $<$<CONFIG:Release>:-O1>)
endif()

# How many files become one unit.
set(avow_unit_files 20)

# avow_in_units(target): it is compiled in few big units if AVOW_UNITY is on.
function(avow_in_units target)
  if(AVOW_UNITY)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE
      ${avow_unit_files})
  endif()
endfunction()

# avow_library(name ROOT dir [UNITY] SOURCES file… USES target… [PRIVATE target…] [ALONE file…])
# A static library `avow::name`. Its headers are included from below ROOT. One with UNITY is
# compiled in few big units if AVOW_UNITY is on, but for the files that are ALONE.
function(avow_library name)
  cmake_parse_arguments(PARSE_ARGV 1 lib "UNITY" "ROOT" "SOURCES;USES;PRIVATE;ALONE")
  if(avow_profile_options AND lib_UNITY AND AVOW_UNITY)
    avow_units(lib_SOURCES ${name} SOURCES ${lib_SOURCES} ALONE ${lib_ALONE})
    set(lib_UNITY OFF)
    set(has_units ON)
  endif()
  add_library(avow_${name} STATIC ${lib_SOURCES})
  if(has_units)
    set_target_properties(avow_${name} PROPERTIES AVOW_UNITS ON)
    target_compile_options(avow_${name} PRIVATE $<BUILD_INTERFACE:-iquote.>)
  endif()
  add_library(avow::${name} ALIAS avow_${name})
  target_include_directories(avow_${name} PUBLIC $<BUILD_INTERFACE:${lib_ROOT}>)
  target_compile_features(avow_${name} PUBLIC cxx_std_20)
  target_link_libraries(avow_${name} PUBLIC ${lib_USES}
    PRIVATE ${lib_PRIVATE} $<BUILD_INTERFACE:avow_options>)
  set_target_properties(avow_${name} PROPERTIES EXPORT_NAME ${name} POSITION_INDEPENDENT_CODE ON)
  if(lib_UNITY)
    avow_in_units(avow_${name})
    if(lib_ALONE)
      set_source_files_properties(${lib_ALONE} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
    endif()
  endif()
endfunction()

# avow_quickly_compiled(name): what is about flags and lines of text need not be fast. With
# AVOW_UNITY it is compiled in half the time.
function(avow_quickly_compiled name)
  if(AVOW_UNITY)
    target_compile_options(avow_${name} PRIVATE $<BUILD_INTERFACE:$<$<CONFIG:Release>:-O1>>)
  endif()
endfunction()

# avow_works_on_turns(name): what every turn goes through is as quick in big units as file by file.
# gcc bounds by how much inlining may make a unit grow, and puts less into callers in a large one.
function(avow_works_on_turns name)
  avow_profiled(${name})
  if(AVOW_UNITY AND CMAKE_CXX_COMPILER_ID STREQUAL GNU)
    target_compile_options(avow_${name} PRIVATE
      $<BUILD_INTERFACE:$<$<CONFIG:Release>:--param=inline-unit-growth=1000>>)
  endif()
  # Otherwise gcc clears and copies objects with `rep`, which takes dozens of cycles to begin.
  if(CMAKE_CXX_COMPILER_ID STREQUAL GNU AND CMAKE_SYSTEM_PROCESSOR STREQUAL x86_64)
    set(copied unrolled_loop:64:noalign,libcall:-1:noalign)
    set(cleared unrolled_loop:128:noalign,libcall:-1:noalign)
    foreach(strategy memcpy-strategy=${copied} memset-strategy=${cleared})
      target_compile_options(avow_${name} PRIVATE
        $<BUILD_INTERFACE:$<$<CONFIG:Release>:-m${strategy}>>)
    endforeach()
  endif()
endfunction()

# avow_program(name [UNITY] SOURCES file… USES target…)
# A program in the root of the build folder; UNITY is that of a library.
function(avow_program name)
  cmake_parse_arguments(PARSE_ARGV 1 program "UNITY" "" "SOURCES;USES")
  add_executable(${name} ${program_SOURCES})
  if(program_UNITY)
    avow_in_units(${name})
  endif()
  target_link_libraries(${name} PRIVATE ${program_USES} avow_options)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR})
  avow_allocates_quickly(${name})
endfunction()

# The programs, and what measures them, allocate with jemalloc (AVOW_ALLOCATOR): the many small
# objects that a turn makes and drops cost a fraction of what they cost the C library's
# (docs/PERFORMANCE.md). Libraries and tests leave it to whoever links them; sanitizers bring their
# own.
function(avow_allocates_quickly target)
  if(NOT AVOW_ALLOCATOR STREQUAL "jemalloc" OR AVOW_SANITIZERS)
    return()
  endif()
  find_package(PkgConfig REQUIRED)
  pkg_check_modules(JEMALLOC REQUIRED IMPORTED_TARGET GLOBAL jemalloc)
  # It is wanted for what it replaces, even where nothing of it is named.
  target_link_libraries(${target} PRIVATE -Wl,--push-state,--no-as-needed PkgConfig::JEMALLOC
    -Wl,--pop-state)
endfunction()

# avow_test(name SOURCES file… USES target… [LABELS label…] [TIMEOUT seconds] [ARGUMENTS word…])
# A GoogleTest program that is one test of ctest, called by its folder and name: unit/model. It is
# compiled in few big units if AVOW_UNITY is on.
function(avow_test name)
  cmake_parse_arguments(PARSE_ARGV 1 test "" "TIMEOUT" "SOURCES;USES;LABELS;ARGUMENTS")
  if(NOT test_TIMEOUT)
    set(test_TIMEOUT 300)
  endif()
  string(REPLACE "/" "_" target ${name}_test)
  add_executable(${target} ${test_SOURCES})
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR})
  target_compile_definitions(${target} PRIVATE
    AVOW_VECTORS="${PROJECT_SOURCE_DIR}/schemas/vectors")
  target_link_libraries(${target} PRIVATE ${test_USES} avow_options GTest::gmock
    GTest::gtest_main avow_test_options)
  target_precompile_headers(${target} REUSE_FROM avow_test_headers)
  if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
    # Bug 105651 again: what is precompiled is not a system header to gcc any more.
    target_compile_options(${target} PRIVATE -Wno-array-bounds
      -Wno-stringop-overflow -Wno-stringop-overread)
  endif()
  avow_in_units(${target})
  add_test(NAME ${name} COMMAND ${target} ${test_ARGUMENTS})
  set_tests_properties(${name} PROPERTIES LABELS "${test_LABELS}" TIMEOUT ${test_TIMEOUT})
endfunction()

# avow_fuzzer(name SOURCES file… USES target…)
# A libFuzzer program in `fuzzers/` of the build folder; its corpus is tests/fuzz/corpus/<name>.
# The target `fuzzers` is all of them and nothing else: clang 14 cannot compile the coroutines of
# the client with coverage.
function(avow_fuzzer name)
  cmake_parse_arguments(PARSE_ARGV 1 fuzzer "" "" "SOURCES;USES")
  add_executable(fuzz_${name} ${fuzzer_SOURCES})
  target_include_directories(fuzz_${name} PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_libraries(fuzz_${name} PRIVATE ${fuzzer_USES} avow_options)
  target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
  set_target_properties(fuzz_${name} PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/fuzzers OUTPUT_NAME ${name})
  if(NOT TARGET fuzzers)
    add_custom_target(fuzzers)
  endif()
  add_dependencies(fuzzers fuzz_${name})
endfunction()

# avow_benchmark(name SOURCES file… USES target…)
# A program in `bench/` of the build folder.
function(avow_benchmark name)
  cmake_parse_arguments(PARSE_ARGV 1 bench "" "" "SOURCES;USES")
  add_executable(bench_${name} ${bench_SOURCES})
  target_include_directories(bench_${name} PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_libraries(bench_${name} PRIVATE ${bench_USES} avow_options)
  set_target_properties(bench_${name} PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bench OUTPUT_NAME ${name})
  avow_allocates_quickly(bench_${name})
endfunction()
