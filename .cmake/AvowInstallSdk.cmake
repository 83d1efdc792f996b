# Where the C++ SDK goes when it is installed: libraries, the headers that users include, and what
# find_package(avow) and pkg-config need. `cmake --install BUILD --component sdk` takes only this.

include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(avow_sdk_libraries avow_client avow_wire avow_capability avow_model avow_base)
install(TARGETS avow_sdk ${avow_sdk_libraries} EXPORT avow-targets
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT sdk)
foreach(library IN LISTS avow_sdk_libraries)
  target_include_directories(${library} INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
endforeach()

# Of the client's headers only those that its public headers include.
set(avow_headers ${CMAKE_INSTALL_INCLUDEDIR}/avow)
install(FILES avow/asio.hpp avow/avow.hpp avow/blocking.hpp avow/facts.hpp avow/raw.hpp
  DESTINATION ${avow_headers} COMPONENT sdk)
set(avow_client_headers
  change client commit fact failure fields holding last_turn options query space)
list(TRANSFORM avow_client_headers REPLACE "(.+)" "avow/client/\\1.hpp")
install(FILES ${avow_client_headers} DESTINATION ${avow_headers}/client COMPONENT sdk)
install(DIRECTORY avow/base avow/model avow/capability
  DESTINATION ${avow_headers} COMPONENT sdk FILES_MATCHING PATTERN "*.hpp")

set(avow_package ${CMAKE_INSTALL_LIBDIR}/cmake/avow)
install(EXPORT avow-targets NAMESPACE avow:: DESTINATION ${avow_package} COMPONENT sdk)
configure_package_config_file(${PROJECT_SOURCE_DIR}/.cmake/avow-config.cmake.in
  ${CMAKE_CURRENT_BINARY_DIR}/avow-config.cmake INSTALL_DESTINATION ${avow_package})
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/avow-config-version.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/avow-config.cmake
  ${CMAKE_CURRENT_BINARY_DIR}/avow-config-version.cmake
  DESTINATION ${avow_package} COMPONENT sdk)

# Its paths are relative to the file, so that the tree may be moved.
configure_file(${PROJECT_SOURCE_DIR}/.cmake/avow.pc.in ${CMAKE_CURRENT_BINARY_DIR}/avow.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/avow.pc
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT sdk)
