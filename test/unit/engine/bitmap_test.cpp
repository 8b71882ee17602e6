#include "core/engine/bitmap.hpp"

#include <gtest/gtest.h>

#include "core/base/random.hpp"

namespace evolve {
namespace {

struct Case {
    std::vector<bool> bools;
    Bitmap bits;
};

Case random_case(Random& random, std::size_t bars, double density) {
    Case result{std::vector<bool>(bars), Bitmap(bitmap_words(bars))};
    for (std::size_t t = 0; t < bars; ++t)
        if (random.chance(density)) {
            result.bools[t] = true;
            result.bits[t / 64] |= std::uint64_t{1} << (t % 64);
        }
    return result;
}

void expect_bits(const Bitmap& bits, const std::vector<bool>& expected, const std::string& what) {
    ASSERT_EQ(bits.size(), bitmap_words(expected.size()));
    for (std::size_t t = 0; t < bits.size() * 64; ++t) {
        const bool bit = (bits[t / 64] >> (t % 64) & 1) != 0;
        ASSERT_EQ(bit, t < expected.size() && expected[t]) << what << ", bit " << t << " of " << expected.size();
    }
}

TEST(Bitmap, OperationsAgreeWithLoops) {
    for (const std::size_t bars : {1u, 2u, 63u, 64u, 65u, 127u, 128u, 200u, 700u}) {
        for (const double density : {0.02, 0.5, 0.97}) {
            for (const std::size_t n :
                 {1u, 2u, 3u, 5u, 8u, 63u, 64u, 65u, 100u, 128u, 199u, 200u, 201u, 699u, 700u, 5000u}) {
                Random random(5, bars * 1000 + n);
                const Case x = random_case(random, bars, density);
                std::vector<bool> shifted(bars), all(bars), any(bars);
                for (std::size_t t = 0; t < bars; ++t) {
                    shifted[t] = t >= n && x.bools[t - n];
                    all[t] = t + 1 >= n;
                    for (std::size_t k = 0; k < n && k <= t; ++k) {
                        all[t] = all[t] && x.bools[t - k];
                        any[t] = any[t] || x.bools[t - k];
                    }
                }
                Bitmap bits(x.bits.size(), ~std::uint64_t{0});
                bits_shift(bits, x.bits, n, bars);
                expect_bits(bits, shifted, "shift " + std::to_string(n));
                bits = x.bits;
                bits_all_of(bits, n, bars);
                expect_bits(bits, all, "all of " + std::to_string(n));
                bits = x.bits;
                bits_any_of(bits, n, bars);
                expect_bits(bits, any, "any of " + std::to_string(n));
            }
        }
    }
}

TEST(Bitmap, NextSetBit) {
    for (const std::size_t bars : {1u, 64u, 65u, 500u}) {
        Random random(6, bars);
        const Case x = random_case(random, bars, 0.01);
        for (std::size_t from = 0; from <= bars + 70; ++from) {
            std::size_t expected = from;
            while (expected < bars && !x.bools[expected]) ++expected;
            ASSERT_EQ(next_set_bit(x.bits, from, bars), std::min(expected, bars));
        }
    }
}

TEST(Bitmap, AndOr) {
    Random random(7, 0);
    const Case x = random_case(random, 333, 0.5), y = random_case(random, 333, 0.5);
    std::vector<bool> both(333), either(333);
    for (std::size_t t = 0; t < 333; ++t) {
        both[t] = x.bools[t] && y.bools[t];
        either[t] = x.bools[t] || y.bools[t];
    }
    Bitmap bits = x.bits;
    bits_and(bits, x.bits, y.bits);
    expect_bits(bits, both, "and");
    bits = x.bits;
    bits_or(bits, x.bits, y.bits);
    expect_bits(bits, either, "or");
}

}  // namespace
}  // namespace evolve
