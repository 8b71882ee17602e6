#include "core/lifecycle/uuid.hpp"

#include "core/base/sha256.hpp"

namespace evolve {

std::string uuid_of(std::string_view text) {
    std::string hex = sha256_hex(text).substr(0, 32);
    hex[12] = '8';  // version
    // Variant: the two highest bits of octet 8 are 10.
    const char digit = hex[16];
    const int value = digit <= '9' ? digit - '0' : digit - 'a' + 10;
    hex[16] = "89ab"[value & 3];
    return hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-" + hex.substr(12, 4) + "-" + hex.substr(16, 4) + "-" +
           hex.substr(20);
}

}  // namespace evolve
