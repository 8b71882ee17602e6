// Whole numbers of any size, by libcrypto: what the 128-bit arithmetic is compared with.
#pragma once

#include <openssl/bn.h>

#include <cstdint>
#include <memory>
#include <string>

#include "core/royalty/money.hpp"

namespace evolve::test {

class Big {
public:
    Big() : number_(BN_new(), BN_free) {}
    explicit Big(Int128 value) : Big() {
        BN_lshift(get(), small(static_cast<std::uint64_t>(value >> 64)).get(), 64);
        BN_add(get(), get(), small(static_cast<std::uint64_t>(value & ~std::uint64_t{0})).get());
    }
    Big operator*(const Big& other) const {
        Big result;
        BN_mul(result.get(), get(), other.get(), context());
        return result;
    }
    Big operator/(const Big& other) const {
        Big result;
        BN_div(result.get(), nullptr, get(), other.get(), context());
        return result;
    }
    Big operator%(const Big& other) const {
        Big result;
        BN_div(nullptr, result.get(), get(), other.get(), context());
        return result;
    }
    friend bool operator==(const Big& a, const Big& b) { return BN_cmp(a.get(), b.get()) == 0; }
    friend bool operator<(const Big& a, const Big& b) { return BN_cmp(a.get(), b.get()) < 0; }
    BIGNUM* get() const { return number_.get(); }

private:
    static Big small(std::uint64_t value) {
        Big result;
        BN_set_word(result.get(), value);
        return result;
    }
    static BN_CTX* context() {
        static const std::unique_ptr<BN_CTX, decltype(&BN_CTX_free)> shared(BN_CTX_new(), BN_CTX_free);
        return shared.get();
    }
    std::shared_ptr<BIGNUM> number_;
};

}  // namespace evolve::test
