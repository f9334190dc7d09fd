// What the tests of src/files share: a safetensors file from its header and data, and the check of an Error.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>

#include "valence/error.h"

namespace valence::internal {

// The 8 bytes of length, the header, the data.
inline std::string Framed(std::string_view header, std::string_view data = "") {
  std::string file;
  for (std::uint64_t length = header.size(), i = 0; i < 8; ++i) file += static_cast<char>(length >> (8 * i));
  return file.append(header).append(data);
}

// Calls `call`, which must throw an Error of that code, on one line, that names each of `words`. Returns its message.
inline std::string ExpectError(ErrorCode code, std::initializer_list<std::string_view> words,
                               const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    const std::string message = error.what();
    EXPECT_EQ(error.code(), code) << message;
    for (const auto word : words) EXPECT_NE(message.find(word), message.npos) << word << " is not in: " << message;
    EXPECT_EQ(message.find('\n'), message.npos) << message;
    return message;
  } catch (const std::exception& error) {
    ADD_FAILURE() << "another exception: " << error.what();
    return "";
  }
  ADD_FAILURE() << "no error";
  return "";
}

}  // namespace valence::internal
