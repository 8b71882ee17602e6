// SHA-256 (FIPS 180-4) of bytes in memory, by libcrypto.
#pragma once

#include <string>
#include <string_view>

namespace evolve {

// 64 lower-case hex digits. Throws Error (internal) when libcrypto refuses.
std::string sha256_hex(std::string_view bytes);

}  // namespace evolve
