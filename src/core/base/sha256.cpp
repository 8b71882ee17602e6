#include "core/base/sha256.hpp"

#include <openssl/evp.h>

#include <array>

#include "core/base/error.hpp"

namespace evolve {

std::string sha256_hex(std::string_view bytes) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
    unsigned length = 0;
    if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &length, EVP_sha256(), nullptr) != 1 || length != 32) {
        throw Error(ErrorCode::internal, "SHA-256 is not available in libcrypto");
    }
    static constexpr std::string_view hex = "0123456789abcdef";
    std::string text;
    text.reserve(2 * std::size_t{length});
    for (unsigned i = 0; i < length; ++i) {
        text += hex[digest[i] >> 4];
        text += hex[digest[i] & 15];
    }
    return text;
}

}  // namespace evolve
