# Builds the dependencies from source at pinned commits, in Debian 12's versions (VALENCE_FETCH): for machines with a
# network and without the packages. oneDNN takes a while.
include(FetchContent)

# An installed package must find its libraries on the user's machine, and these are only in this build tree.
set(VALENCE_INSTALL OFF)

set(valence_repository_oneDNN https://github.com/uxlfoundation/oneDNN.git)
set(valence_commit_oneDNN 92ac40077b3b5816c7b78cdf39a988599929f0e9)  # 2.6.3
set(valence_repository_hwy https://github.com/google/highway.git)
set(valence_commit_hwy 58746ca5b9f9444a2a3549704602ecc6239f8f41)  # 1.0.3
set(valence_repository_utf8proc https://github.com/JuliaStrings/utf8proc.git)
set(valence_commit_utf8proc 1cb28a66ca79a0845e99433fd1056257456cef8b)  # 2.8.0
set(valence_repository_nlohmann_json https://github.com/nlohmann/json.git)
set(valence_commit_nlohmann_json bc889afb4c5bf1c0d8ee29ef35eaaf4c8bef8a5d)  # 3.11.2
set(valence_repository_CLI11 https://github.com/CLIUtils/CLI11.git)
set(valence_commit_CLI11 70f8072f9dd2292fd0b9f9e5f58e279f60483ed3)  # 2.1.2
set(valence_repository_GTest https://github.com/google/googletest.git)
set(valence_commit_GTest 58d77fa8070e8cec2dc1ed015d66b454c8d78850)  # 1.12.1
set(valence_repository_Eigen3 https://gitlab.com/libeigen/eigen.git)
set(valence_commit_Eigen3 3147391d946bb4b6c68edd901f2add6ac1f31f8c)  # 3.4.0
set(valence_repository_benchmark https://github.com/google/benchmark.git)
set(valence_commit_benchmark d572f4777349d43653b21d6c2fc63020ab326db2)  # 1.7.1

# Defines `target`, one of the above, under the name that its package gives it.
function(valence_fetch name target)
  message(STATUS "Fetching ${name} from ${valence_repository_${name}}")
  set(BUILD_SHARED_LIBS OFF)
  set(CMAKE_POSITION_INDEPENDENT_CODE ON)
  set(CMAKE_POLICY_DEFAULT_CMP0077 NEW)    # the options below are plain variables
  set(CMAKE_POLICY_VERSION_MINIMUM 3.5)    # some of them require less than CMake 4 accepts
  set(BUILD_TESTING OFF)
  set(DNNL_BUILD_TESTS OFF)
  set(DNNL_BUILD_EXAMPLES OFF)
  set(DNNL_LIBRARY_TYPE STATIC)
  set(DNNL_ENABLE_WORKLOAD INFERENCE)
  set(DNNL_ENABLE_PRIMITIVE "MATMUL;REORDER")  # the rest is the larger part
  set(HWY_ENABLE_TESTS OFF)
  set(HWY_ENABLE_EXAMPLES OFF)
  set(HWY_ENABLE_INSTALL OFF)
  set(UTF8PROC_INSTALL OFF)
  set(INSTALL_GTEST OFF)
  set(EIGEN_BUILD_DOC OFF)
  set(EIGEN_BUILD_PKGCONFIG OFF)
  set(BENCHMARK_ENABLE_TESTING OFF)
  set(BENCHMARK_ENABLE_INSTALL OFF)
  FetchContent_Declare(${name} GIT_REPOSITORY ${valence_repository_${name}} GIT_TAG ${valence_commit_${name}})
  FetchContent_MakeAvailable(${name})
  if(NOT TARGET ${target})
    string(REGEX REPLACE ".*::" "" plain_name ${target})
    add_library(${target} ALIAS ${plain_name})
  endif()
  # No warnings for their headers.
  get_target_property(actual ${target} ALIASED_TARGET)
  get_target_property(includes ${target} INTERFACE_INCLUDE_DIRECTORIES)
  set_target_properties(${actual} PROPERTIES INTERFACE_SYSTEM_INCLUDE_DIRECTORIES "${includes}")
endfunction()
