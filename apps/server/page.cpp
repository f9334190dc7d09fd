// What people look at: the page to try the models, and the description of all routes.
#include <openssl/evp.h>

#include <array>
#include <string>
#include <string_view>

#include "documents.h"
#include "service.h"

namespace server {
namespace {

// 'sha256-..', as Content-Security-Policy names what stands between the tags of that name.
std::string DigestOf(std::string_view page, const std::string& tag) {
  const std::string open = '<' + tag + '>', close = "</" + tag + '>';
  const std::size_t begin = page.find(open) + open.size();
  const std::string_view content = page.substr(begin, page.find(close) - begin);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned int size = 0;
  EVP_Digest(content.data(), content.size(), digest.data(), &size, EVP_sha256(), nullptr);
  std::array<unsigned char, EVP_MAX_MD_SIZE * 2> base64;
  const int length = EVP_EncodeBlock(base64.data(), digest.data(), static_cast<int>(size));
  return "'sha256-" + std::string(reinterpret_cast<const char*>(base64.data()), static_cast<std::size_t>(length)) +
         '\'';
}

}  // namespace

void Page(Call& call) {
  static const std::string kPolicy = "default-src 'none'; style-src " + DigestOf(kPageDocument, "style") +
                                     "; script-src " + DigestOf(kPageDocument, "script") +
                                     "; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; "
                                     "frame-ancestors 'none'";
  Response response;
  response.content_type = "text/html; charset=utf-8";
  response.headers = {{"content-security-policy", kPolicy},
                      {"x-content-type-options", "nosniff"},
                      {"referrer-policy", "no-referrer"},
                      {"cache-control", "no-cache"}};
  response.body = kPageDocument;
  call.exchange->Respond(std::move(response));
}

void OpenApi(Call& call) {
  Response response;
  response.body = kOpenApiDocument;
  call.exchange->Respond(std::move(response));
}

}  // namespace server
