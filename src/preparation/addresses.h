// URLs, e-mail addresses and user names in a text: where one that begins here ends. docs/text-preparation.md has the
// rules.
#pragma once

namespace valence::internal {

// Each returns null if there is no such thing. The time is proportional to the bytes up to the end of the compounds
// that are read, so reading a text compound by compound takes linear time.

// `at` begins a URL with a scheme.
const char* SchemeUrlEnd(const char* at, const char* end);

// [at, compound_end) is a compound; it begins a URL without a scheme.
const char* HostUrlEnd(const char* at, const char* compound_end, const char* end);

// [at, compound_end) is a compound; it is the local part of an e-mail address.
const char* EmailAddressEnd(const char* compound_end, const char* end);

// `at` points to a "@".
const char* UserNameEnd(const char* at, const char* end);

}  // namespace valence::internal
