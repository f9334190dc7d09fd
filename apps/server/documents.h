// The files that the server hands out: openapi.json and page.html of this folder, compiled in.
#pragma once

#include <string_view>

namespace server {

extern const std::string_view kOpenApiDocument;
extern const std::string_view kPageDocument;

}  // namespace server
