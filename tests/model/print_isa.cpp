// Prints what the library makes of this CPU under the environment variables that limit it, a fact a line.
#include <iostream>

#include "valence/cpu_info.h"

int main() {
  const valence::CpuInfo info = valence::cpu_info();
  std::cout << info.isa << '\n'
            << info.kernel_target << '\n'
            << info.matmul.substr(0, info.matmul.find(" (")) << '\n'  // without the reason
            << valence::to_string(info.precision) << '\n';
}
