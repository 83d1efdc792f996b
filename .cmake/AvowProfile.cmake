# What is known of how the programs run: which branches are taken, what is called often. With that
# the compiler puts what a turn goes through side by side, so that it fits the processor's first
# cache, and everything else apart (docs/PERFORMANCE.md, Profile).

set(AVOW_PROFILE "none" CACHE STRING
  "use: compile with the profile in the tree; record: make programs that record one; none")
set(avow_profile_archive ${CMAKE_CURRENT_LIST_DIR}/profile/gcc-${CMAKE_CXX_COMPILER_VERSION}.tar.xz)
set(avow_profile_folder ${PROJECT_BINARY_DIR}/profile)

# Names in a profile are those of object files below the build folder, wherever that is.
set(avow_profile_names -fprofile-prefix-path=${PROJECT_BINARY_DIR})
set(avow_profile_options)
set(avow_profile_link_options)
if(NOT CMAKE_CXX_COMPILER_ID STREQUAL GNU)
  # Only gcc reads and writes such a profile.
elseif(AVOW_PROFILE STREQUAL "record")
  set(avow_profile_options -fprofile-generate=${avow_profile_folder} -fprofile-update=prefer-atomic
    ${avow_profile_names})
  set(avow_profile_link_options -fprofile-generate)
elseif(AVOW_PROFILE STREQUAL "use" AND EXISTS ${avow_profile_archive})
  # In a folder that is named after it: with another profile all is compiled anew.
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${avow_profile_archive})
  file(SHA256 ${avow_profile_archive} avow_profile_hash)
  string(APPEND avow_profile_folder /${avow_profile_hash})
  file(ARCHIVE_EXTRACT INPUT ${avow_profile_archive} DESTINATION ${avow_profile_folder})
  # A function that was not there, or was another, is compiled as without a profile. What is inlined
  # because of it makes gcc 12 warn of accesses that cannot be.
  set(avow_profile_options -fprofile-use=${avow_profile_folder} ${avow_profile_names}
    -fprofile-correction -fprofile-partial-training --param=hot-bb-count-fraction=100000
    -Wno-missing-profile -Wno-coverage-mismatch
    -Wno-array-bounds -Wno-maybe-uninitialized -Wno-stringop-overflow -Wno-stringop-overread)
endif()

# A profile knows a function that only its file sees by the name of that file, which is to be the
# same wherever the sources are, and CMake's own units name files from the root of the disk. These
# include them by their way from the build folder, where the compiler runs.
#
# avow_units(result name SOURCES file… [ALONE file…]): sets `result` to units, and to
# the sources that are ALONE or made by the build.
function(avow_units result name)
  cmake_parse_arguments(PARSE_ARGV 2 units "" "" "SOURCES;ALONE")
  set(sources)
  set(count 0)
  file(RELATIVE_PATH folder ${PROJECT_BINARY_DIR} ${CMAKE_CURRENT_SOURCE_DIR})
  foreach(source IN LISTS units_SOURCES)
    cmake_path(IS_ABSOLUTE source is_absolute)
    if(is_absolute OR source IN_LIST units_ALONE)
      list(APPEND sources ${source})
    else()
      math(EXPR number "${count} / ${avow_unit_files}")
      math(EXPR count "${count} + 1")
      string(APPEND content_${number} "#include \"${folder}/${source}\"\n")
    endif()
  endforeach()
  foreach(unit RANGE ${number})
    set(file ${CMAKE_CURRENT_BINARY_DIR}/units/${name}_${unit}.cpp)
    file(CONFIGURE OUTPUT ${file} CONTENT "${content_${unit}}" @ONLY)
    list(APPEND sources ${file})
  endforeach()
  set(${result} ${sources} PARENT_SCOPE)
endfunction()

# avow_profiled(name): the library is compiled with the profile, or records one. What is linked with
# it then records, too.
function(avow_profiled name)
  if(avow_profile_options)
    target_compile_options(avow_${name} PRIVATE $<BUILD_INTERFACE:${avow_profile_options}>)
  endif()
  if(avow_profile_link_options)
    target_link_options(avow_${name} INTERFACE $<BUILD_INTERFACE:${avow_profile_link_options}>)
  endif()
endfunction()
