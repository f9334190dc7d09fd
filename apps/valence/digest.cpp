// SHA-256 of what is read and written. Only this file includes OpenSSL.
#include "digest.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <new>
#include <stdexcept>

#include "common/file.h"

namespace cli {
namespace {

void Check(int result) {
  if (result != 1) throw std::runtime_error("OpenSSL cannot compute SHA-256");
}

std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> NewContext() {
  std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  if (!context) throw std::bad_alloc();
  return context;
}

}  // namespace

Digest::Digest() : context_(NewContext()) { Check(EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr)); }
Digest::~Digest() = default;

void Digest::Add(std::string_view bytes) { Check(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size())); }

std::string Digest::Hex() const {
  const auto copy = NewContext();  // the end of a digest cannot be continued
  std::array<unsigned char, 32> bytes{};
  Check(EVP_MD_CTX_copy_ex(copy.get(), context_.get()));
  Check(EVP_DigestFinal_ex(copy.get(), bytes.data(), nullptr));
  std::string hex;
  for (const unsigned char byte : bytes) {
    hex += "0123456789abcdef"[byte >> 4];
    hex += "0123456789abcdef"[byte & 0xf];
  }
  return hex;
}

std::string FileDigest(const std::string& path) {
  const common::File file(path, O_RDONLY);
  Digest digest;
  std::string block(std::size_t{1} << 20, '\0');
  for (;;) {
    const ssize_t got = read(file.fd(), block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw common::SystemError(path);
    if (got == 0) return digest.Hex();
    digest.Add(std::string_view(block).substr(0, static_cast<std::size_t>(got)));
  }
}

}  // namespace cli
