// The command line of valence-quantize.
#include "arguments.h"

#include "common/command_line.h"
#include "common/program.h"

namespace quantize {
namespace {

constexpr const char* kDetails =
    R"(OUT must not exist. It appears when it is complete; a run that fails leaves nothing. The linear layers of the encoder
and the word embeddings become int8, with a scale for each output channel and each word. OUT loads in every program
here, which then computes in int8 (--precision f32 and bf16 widen the weights again), and in Hugging Face transformers
with the package compressed-tensors.
)";
constexpr const char* kExitCodes = "Exit code: 0 OUT is written, 1 it is not, 2 wrong usage.";

}  // namespace

std::optional<Arguments> ParseArguments(int argc, const char* const* argv) {
  Arguments arguments;
  bool keep_embeddings = false;
  common::CommandLine command_line(kProgram, "Writes a model folder in int8, about half as large as one in bf16.",
                                   kDetails, kExitCodes, /*runs_no_model=*/true);
  command_line.AddRequired("MODEL", arguments.model, "Read the model from this folder");
  command_line.AddRequired("OUT", arguments.out, "Write this folder");
  command_line.AddFlag("--keep-embeddings", keep_embeddings,
                       "Leave the word embeddings as they are; answers in int8 are the same");
  if (!command_line.Parse(argc, argv)) return std::nullopt;
  if (arguments.model.empty()) throw common::UsageError("MODEL: expected a folder to read, found nothing");
  if (arguments.out.empty()) throw common::UsageError("OUT: expected the name of a folder to write, found nothing");
  arguments.options.word_embeddings = !keep_embeddings;
  return arguments;
}

}  // namespace quantize
