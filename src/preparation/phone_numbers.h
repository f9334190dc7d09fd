// Phone numbers in a text, recognised by their shape. docs/text-preparation.md has the rules.
#pragma once

namespace valence::internal {

// The end of the phone number that begins at `at` with "+", "(" or a digit; null if there is none. Reads at most a
// few dozen bytes.
const char* PhoneNumberEnd(const char* at, const char* end);

// Whether a phone number that begins with a digit may follow this character.
bool MayPrecedePhoneNumber(char32_t before);

}  // namespace valence::internal
