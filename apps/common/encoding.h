// Character encodings of inputs: everything becomes UTF-8.
#pragma once

#include <string>
#include <string_view>

namespace common {

enum class Encoding { kUtf8, kUtf16, kWindows1252, kLatin1 };

// Turns the bytes of one input, in pieces of any size, into UTF-8.
//
// kUtf8 reads UTF-16 where the input begins with its byte order mark; kUtf16 reads little endian where no mark says
// otherwise. Marks are dropped. kUtf8 leaves ill-formed bytes as they are (see IsUtf8), and half a surrogate pair of
// UTF-16 becomes three bytes that are ill-formed UTF-8, too. The bytes that Windows-1252 does not define become control
// characters, as in the WHATWG's Encoding Standard.
class Decoder {
 public:
  explicit Decoder(Encoding encoding) : encoding_(encoding) {}

  // Appends the text of the input's next bytes. Throws std::runtime_error naming the format if the input is compressed
  // (gzip, zstd, xz, zip) or UTF-32.
  void Append(std::string_view bytes, std::string& text);

  // After the last bytes: appends what is left.
  void Finish(std::string& text);

 private:
  void Begin();
  void Decode(std::string_view bytes, std::string& text);
  void DecodeUtf16(std::string_view bytes, std::string& text);

  Encoding encoding_;
  bool has_begun_ = false;  // the first bytes have been looked at
  bool is_big_endian_ = false;
  std::string held_;   // the first bytes until they tell the format; later half a unit of UTF-16
  char32_t high_ = 0;  // the first half of a surrogate pair
};

// Whether the text is well-formed UTF-8 (table 3-7 of the Unicode Standard).
bool IsUtf8(std::string_view text);

}  // namespace common
