// Error's out-of-line members: they anchor its type information in the library.
#include "valence/error.h"

namespace valence {

Error::Error(ErrorCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
Error::~Error() = default;

}  // namespace valence
