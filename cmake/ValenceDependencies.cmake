# Finds the project's dependencies, all of them Debian packages (tools/install-dependencies names them).
option(VALENCE_FETCH "Download and build those libraries that are not installed" OFF)

# valence_find(NAME TARGET [find_package argument ..]): finds the package, which defines TARGET; or builds it.
macro(valence_find name target)
  if(VALENCE_FETCH)
    find_package(${name} ${ARGN} QUIET)
    if(NOT TARGET ${target})
      include(ValenceFetch)
      valence_fetch(${name} ${target})
    endif()
  else()
    find_package(${name} ${ARGN} REQUIRED)
  endif()
endmacro()

find_package(Threads REQUIRED)
find_package(OpenMP REQUIRED COMPONENTS CXX)  # oneDNN's threads; each worker limits them to one
valence_find(oneDNN oneDNN::dnnl 2.6)
valence_find(hwy hwy::hwy CONFIG)
valence_find(nlohmann_json nlohmann_json::nlohmann_json 3.10 CONFIG)
valence_find(utf8proc PkgConfig::utf8proc)
if(VALENCE_BUILD_APPS)
  valence_find(CLI11 CLI11::CLI11 CONFIG)
  find_package(Boost 1.74 REQUIRED)  # Beast and Asio, headers alone
  find_package(OpenSSL REQUIRED)
endif()
if(VALENCE_BUILD_TESTS)
  valence_find(GTest GTest::gtest_main)
  valence_find(Eigen3 Eigen3::Eigen 3.4 CONFIG)
endif()
if(VALENCE_BUILD_BENCHMARKS)
  valence_find(benchmark benchmark::benchmark_main CONFIG)
endif()
