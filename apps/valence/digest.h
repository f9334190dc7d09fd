// SHA-256 of what is read and written. Only digest.cpp includes OpenSSL.
#pragma once

#include <memory>
#include <string>
#include <string_view>

struct evp_md_ctx_st;

namespace cli {

class Digest {
 public:
  Digest();
  ~Digest();
  Digest(const Digest&) = delete;
  Digest& operator=(const Digest&) = delete;

  void Add(std::string_view bytes);

  // Of all bytes so far, as 64 hexadecimal digits; more may be added.
  std::string Hex() const;

 private:
  std::unique_ptr<evp_md_ctx_st, void (*)(evp_md_ctx_st*)> context_;
};

// As `sha256sum` prints it. Throws std::runtime_error naming the file.
std::string FileDigest(const std::string& path);

}  // namespace cli
