# Install rules: headers, library, package files for CMake and pkg-config, the programs and the default model.
include(CMakePackageConfigHelpers)

set(valence_package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/valence")
set(valence_model_dir "${CMAKE_INSTALL_DATADIR}/valence/models/default")

install(DIRECTORY include/valence DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" FILES_MATCHING PATTERN "*.h")
install(TARGETS valence EXPORT valence_targets)
install(EXPORT valence_targets NAMESPACE valence:: FILE valence-targets.cmake DESTINATION "${valence_package_dir}")

configure_package_config_file(cmake/valence-config.cmake.in "${PROJECT_BINARY_DIR}/valence-config.cmake"
  INSTALL_DESTINATION "${valence_package_dir}" PATH_VARS valence_model_dir NO_SET_AND_CHECK_MACRO)
# Below 1.0 a minor version may change the interface.
write_basic_package_version_file("${PROJECT_BINARY_DIR}/valence-config-version.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/valence-config.cmake" "${PROJECT_BINARY_DIR}/valence-config-version.cmake"
  cmake/FindoneDNN.cmake cmake/Findutf8proc.cmake DESTINATION "${valence_package_dir}")

# For pkg-config. Users of a static library link its dependencies themselves. Those of a shared one need none of them: where one
# was named as Requires.private, pkg-config would fail without its development package.
set(valence_requires "")
set(valence_libs "")
set(valence_cflags "")
if(valence_type STREQUAL "STATIC_LIBRARY")
  get_filename_component(valence_onednn_dir "${oneDNN_LIBRARY}" DIRECTORY)
  set(valence_requires "libutf8proc libhwy")
  set(valence_libs " -ldnnl -fopenmp -pthread")
  if(NOT valence_onednn_dir IN_LIST CMAKE_CXX_IMPLICIT_LINK_DIRECTORIES)
    string(PREPEND valence_libs " -L${valence_onednn_dir}")
  endif()
  set(valence_cflags " -DVALENCE_STATIC")
endif()
file(RELATIVE_PATH valence_prefix_from_pc "/prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/prefix")
configure_file(cmake/valence.pc.in "${PROJECT_BINARY_DIR}/valence.pc" @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/valence.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")

foreach(program valence_cli valence_brand_watch valence_evaluate valence_moderate valence_quantize valence_reviews valence_server)
  if(TARGET ${program})
    install(TARGETS ${program})
  endif()
endforeach()
install(DIRECTORY models/default/ DESTINATION "${valence_model_dir}")
install(FILES LICENSE NOTICE DESTINATION "${CMAKE_INSTALL_DOCDIR}")
