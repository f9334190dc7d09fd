# Finds utf8proc by pkg-config and defines the target PkgConfig::utf8proc.
find_package(PkgConfig QUIET)
if(PkgConfig_FOUND AND NOT TARGET PkgConfig::utf8proc)
  pkg_check_modules(utf8proc QUIET IMPORTED_TARGET libutf8proc)
endif()
if(TARGET PkgConfig::utf8proc)
  set(utf8proc_target PkgConfig::utf8proc)
endif()
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(utf8proc REQUIRED_VARS utf8proc_target
  REASON_FAILURE_MESSAGE "pkg-config finds no libutf8proc")
