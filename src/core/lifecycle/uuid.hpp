// Identifiers that follow from what they name, so that a cycle that is run again gives the same ones.
#pragma once

#include <string>
#include <string_view>

namespace evolve {

// The first 128 bits of the text's SHA-256 as a UUID of version 8 (RFC 9562, section 5.8: custom content), lower case.
std::string uuid_of(std::string_view text);

}  // namespace evolve
