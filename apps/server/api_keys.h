// Who may ask.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "message.h"

namespace server {

class ApiKeys {
 public:
  // None: everybody may ask.
  ApiKeys() = default;
  // protects_all: health and metrics too.
  ApiKeys(std::vector<std::string> keys, bool protects_all) : keys_(std::move(keys)), protects_all_(protects_all) {}

  // One a line; empty lines and those that begin with # are left out. Throws std::runtime_error naming the file.
  static std::vector<std::string> ReadFile(const std::string& path);

  // Whether the request has "Authorization: Bearer KEY" with one of the keys, or needs none.
  bool Allow(const Request& request) const;

  static Response Refusal();

 private:
  std::vector<std::string> keys_;
  bool protects_all_ = false;
};

}  // namespace server
