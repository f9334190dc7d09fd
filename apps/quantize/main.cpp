// valence-quantize: a model folder in, the same model in int8 out.
#include "arguments.h"
#include "common/program.h"

namespace quantize {
namespace {

common::ExitCode Run(int argc, char** argv) {
  const auto arguments = ParseArguments(argc, argv);
  if (arguments) valence::quantize_model(arguments->model, arguments->out, arguments->options);
  return common::kAllAnswered;
}

}  // namespace
}  // namespace quantize

int main(int argc, char** argv) {
  return common::RunProgram(quantize::kProgram, [&] { return quantize::Run(argc, argv); });
}
