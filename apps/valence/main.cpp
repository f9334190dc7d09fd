// valence, the command line tool: texts in, labels out. --help (arguments.cpp) describes it.
#include <sstream>

#include "answer_all.h"
#include "arguments.h"
#include "common/output.h"
#include "common/program.h"
#include "common/text.h"
#include "valence/valence.h"

namespace cli {
namespace {

using common::ExitCode;

ExitCode PrintInfo(const Arguments& arguments) {
  const valence::CpuInfo cpu = valence::cpu_info();
  std::ostringstream out;
  out << "valence     " << VALENCE_VERSION << '\n'
      << "cpu         " << cpu.brand << '\n'
      << "features    " << common::Joined(cpu.features, " ") << '\n'
      << "matmuls     " << cpu.matmul << '\n'
      << "int8        " << (cpu.int8.empty() ? "no" : cpu.int8) << '\n'
      << "oneDNN      " << cpu.isa << '\n'
      << "kernels     " << cpu.kernel_target << '\n';
  common::WriteLines(out.str());
  const auto classifier = arguments.model.LoadClassifier();
  out.str("");
  out << "precision   " << valence::to_string(classifier.precision()) << '\n'
      << "threads     " << classifier.threads() << '\n'
      << "model       " << common::OneLine(classifier.model_folder().string()) << '\n'
      << "class       " << common::OneLine(classifier.model_class()) << '\n'
      << "activation  " << classifier.activation() << '\n'
      << "scores      " << valence::to_string(classifier.problem_type()) << '\n'
      << "labels      " << common::OneLine(common::Joined(classifier.labels(), " ")) << '\n'
      << "max tokens  " << classifier.max_tokens() << '\n'
      << "long texts  " << valence::to_string(classifier.long_text());
  if (classifier.long_text() == valence::LongText::kMeanOfWindows) out << ", stride " << classifier.stride();
  out << "\ntaken out   " << common::ToString(classifier.preparation()) << '\n';
  common::WriteLines(out.str());
  return common::kAllAnswered;
}

ExitCode Run(int argc, char** argv) {
  const auto arguments = ParseArguments(argc, argv);
  if (!arguments) return common::kAllAnswered;
  return arguments->info ? PrintInfo(*arguments) : AnswerAll(*arguments);
}

}  // namespace
}  // namespace cli

int main(int argc, char** argv) {
  return common::RunProgram(cli::kProgram, [&] { return cli::Run(argc, argv); });
}
