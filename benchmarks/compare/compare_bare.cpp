// The bounds of the comparison, as one more process of it: the bare matmuls of six whole layers at several row counts,
// by oneDNN where run sets VALENCE_MATMUL=onednn, and on AMX what the tile unit computes in registers.
//
// compare_bare MODEL_FOLDER TEXTS_FOLDER THREADS   the same arguments as compare_valence; the texts are not read
#include <algorithm>
#include <cstdint>
#include <iostream>
#include <sstream>
#include <string>

#include "amx_peak.h"
#include "bare_matmul.h"
#include "settings.h"
#include "valence/valence.h"

namespace {

void serve(const std::string& model, int threads) {
  using namespace valence::internal;
  const BareMatmul bare(ReadConfig(model + "/config.json"), OperandType(valence::Precision::kAuto));
  std::cout << "{\"load_s\": 0}" << std::endl;
  // A line is "bare SECONDS" or "peak SECONDS". The answer is tokens a second for each row count, measured for SECONDS
  // each; or the tile unit's FLOP a second, 0 without AMX.
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream arguments(line);
    std::string command;
    double seconds = 0;
    arguments >> command >> seconds;
    if (command == "peak") {
      std::cout << "{\"flops\": " << AmxPeak(threads, seconds) << "}" << std::endl;
      continue;
    }
    std::ostringstream out;
    for (const std::int64_t rows : {64, 128, 192, 256, 384, 512}) {
      out << (out.tellp() > 0 ? ", \"" : "{\"") << rows << "\": " << bare.TokensPerSecond(threads, rows, seconds);
    }
    std::cout << out.str() << "}" << std::endl;
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::cerr << "usage: compare_bare MODEL_FOLDER TEXTS_FOLDER THREADS\n";
    return 2;
  }
  try {
    serve(argv[1], std::stoi(argv[3]));
  } catch (const std::exception& error) {
    std::cerr << "compare_bare: " << error.what() << '\n';
    return 1;
  }
  return 0;
}
