// oneDNN's CPU engine, and the translation of its errors.
#pragma once

#include <string>
#include <string_view>
#include <type_traits>

#include "oneapi/dnnl/dnnl.hpp"
#include "onednn/isa.h"
#include "valence/error.h"

namespace valence::internal {

// Allocates and frees as much memory as one oneDNN primitive needs; throws std::bad_alloc if there is not enough. To be
// called before oneDNN or OpenMP allocates, because neither survives an allocation failure: oneDNN 2.6 does not check
// every allocation, or leaves its primitive cache locked or with a broken entry; OpenMP ends the program.
void CheckMemoryAvailable();

// The one CPU engine of the process.
const dnnl::engine& CpuEngine();

// Runs `call`; a dnnl::error becomes Error kRuntime "<what>: <oneDNN's words>", its out of memory std::bad_alloc.
template <class Call>
auto Translated(std::string_view what, Call&& call) -> std::invoke_result_t<Call> {
  try {
    return call();
  } catch (const dnnl::error& error) {
    if (error.status == dnnl_out_of_memory) throw std::bad_alloc();
    throw Error(ErrorCode::kRuntime,
                std::string(what) + ": oneDNN status " + std::to_string(error.status) + ": " + error.what());
  }
}

}  // namespace valence::internal
