// SHA-256 (FIPS 180-4) of bytes in memory, by libcrypto.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace evolve {

// Both throw Error (internal) when libcrypto refuses.
std::array<std::uint8_t, 32> sha256(std::string_view bytes);
// 64 lower-case hex digits.
std::string sha256_hex(std::string_view bytes);

}  // namespace evolve
