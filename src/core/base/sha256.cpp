#include "core/base/sha256.hpp"

#include <openssl/evp.h>

#include <memory>

#include "core/base/error.hpp"

namespace evolve {
namespace {

// OpenSSL 3 looks an algorithm up at every use, with locks and memory, unless it was fetched.
const EVP_MD* algorithm() {
#if OPENSSL_VERSION_MAJOR >= 3
    static const EVP_MD* const fetched = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    return fetched;
#else
    return EVP_sha256();
#endif
}

struct FreeContext {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

}  // namespace

std::array<std::uint8_t, 32> sha256(std::string_view bytes) {
    // Kept by each thread: to make one takes longer than to hash some hundred bytes.
    static thread_local const std::unique_ptr<EVP_MD_CTX, FreeContext> context(EVP_MD_CTX_new());
    std::array<std::uint8_t, 32> digest;
    unsigned length = 0;
    if (algorithm() == nullptr || context == nullptr || EVP_DigestInit_ex(context.get(), algorithm(), nullptr) != 1 ||
        EVP_DigestUpdate(context.get(), bytes.data(), bytes.size()) != 1 ||
        EVP_DigestFinal_ex(context.get(), digest.data(), &length) != 1 || length != 32)
        throw Error(ErrorCode::internal, "SHA-256 is not available in libcrypto");
    return digest;
}

std::string sha256_hex(std::string_view bytes) {
    static constexpr std::string_view hex = "0123456789abcdef";
    std::string text;
    text.reserve(64);
    for (const std::uint8_t byte : sha256(bytes)) {
        text += hex[byte >> 4];
        text += hex[byte & 15];
    }
    return text;
}

}  // namespace evolve
