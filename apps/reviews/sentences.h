// A text cut into sentences by plain rules.
#pragma once

#include <string_view>
#include <vector>

namespace reviews {

// The sentences in order, as parts of `text` without white space at their ends; together they hold all else of it.
//   - A line end ends a sentence.
//   - So do one or more of . ! ? with the closing quotes and brackets behind them, before white space or the end.
//   - But not one full stop after a single letter (J. Smith, e.g.) or after Mr, Mrs, Ms, Dr, Prof, St, Jr, Sr, vs;
//     nor dots before a small letter where there are two or more ("well ... yes").
//   - A sentence of fewer than three words is joined with the next one, the last with the one before it.
// Letters are those of ASCII.
std::vector<std::string_view> SplitSentences(std::string_view text);

}  // namespace reviews
