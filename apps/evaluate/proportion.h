// Shares with their intervals, as all programs know them.
#pragma once

#include "statistics/proportion.h"

namespace evaluate {

using cli::Interval;
using cli::Proportion;

}  // namespace evaluate
