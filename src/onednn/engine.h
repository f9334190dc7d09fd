// oneDNN's CPU engine, and its errors as ours.
#pragma once

#include <string>
#include <type_traits>

#include "oneapi/dnnl/dnnl.hpp"
#include "onednn/isa.h"
#include "valence/error.h"

namespace valence::internal {

// oneDNN and OpenMP do not survive that memory is refused to them: oneDNN 2.6 uses some of it unlooked at, and leaves
// its cache of primitives locked or with a broken entry; OpenMP ends the program. So before they make anything of their
// own, this asks for what one primitive takes and gives it back. Throws std::bad_alloc.
void DemandRoom();

// The one CPU engine of the process.
const dnnl::engine& CpuEngine();

// Runs `call`; a dnnl::error becomes Error kRuntime "<what>: <oneDNN's words>", out of memory std::bad_alloc.
template <class Call>
auto Translated(const std::string& what, Call&& call) -> std::invoke_result_t<Call> {
  try {
    return call();
  } catch (const dnnl::error& error) {
    if (error.status == dnnl_out_of_memory) throw std::bad_alloc();
    throw Error(ErrorCode::kRuntime, what + ": oneDNN status " + std::to_string(error.status) + ": " + error.what());
  }
}

}  // namespace valence::internal
