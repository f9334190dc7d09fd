// Error's out-of-line members, so that its type information is in the library.
#include "valence/error.h"

namespace valence {

Error::Error(ErrorCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
Error::~Error() = default;

}  // namespace valence
