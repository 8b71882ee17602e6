#include "core/base/random.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <vector>

namespace evolve {
namespace {

using Words4 = std::array<std::uint32_t, 4>;
using Words2 = std::array<std::uint32_t, 2>;

// The known-answer vectors of the Random123 distribution (kat_vectors, "philox4x32 10").
TEST(Philox, KnownAnswers) {
    EXPECT_EQ(philox4x32_10(Words4{0, 0, 0, 0}, Words2{0, 0}),
              (Words4{0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u}));
    EXPECT_EQ(
        philox4x32_10(Words4{0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu}, Words2{0xffffffffu, 0xffffffffu}),
        (Words4{0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu}));
    EXPECT_EQ(
        philox4x32_10(Words4{0x243f6a88u, 0x85a308d3u, 0x13198a2eu, 0x03707344u}, Words2{0xa4093822u, 0x299f31d0u}),
        (Words4{0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u}));
}

// The words of the generator are Philox blocks: counter in the low half, stream in the high half, seed as the key.
TEST(Random, IsPhiloxInCounterOrder) {
    constexpr std::uint64_t seed = 0x299f31d0a4093822u, stream = 0x0370734413198a2eu;
    Random random(seed, stream);
    for (std::uint32_t counter = 0; counter < 3; ++counter) {
        const Words4 block =
            philox4x32_10(Words4{counter, 0, 0x13198a2eu, 0x03707344u}, Words2{0xa4093822u, 0x299f31d0u});
        EXPECT_EQ(random.next_u64(), (std::uint64_t{block[1]} << 32) | block[0]);
        EXPECT_EQ(random.next_u64(), (std::uint64_t{block[3]} << 32) | block[2]);
    }
}

// Computed by a second implementation (Philox and SplitMix64 in Python integers). Results of evolution depend on these
// numbers staying what they are.
TEST(Random, FirstNumbersNeverChange) {
    Random random(1);
    EXPECT_EQ(random.next_u64(), 0xe50a0ebce3e80670u);
    Random other = Random(1).split(7);
    EXPECT_EQ(other.next_u64(), 0xfe9223381995ec4fu);
    EXPECT_EQ(Random(1).between(-5, 5), 1);
}

// However they are asked for, in whatever portions.
TEST(Random, ManyAtATimeAreThoseOneByOne) {
    Random one_by_one(5, 9), together(5, 9), sizes(3);
    for (int round = 0; round < 500; ++round) {
        std::vector<std::uint64_t> numbers(sizes.below(round < 250 ? 5 : 100));
        together.fill(numbers);
        for (const std::uint64_t number : numbers) ASSERT_EQ(number, one_by_one.next_u64()) << round;
        if (sizes.chance(0.3)) {
            ASSERT_EQ(together.next_u64(), one_by_one.next_u64()) << round;
        }
    }
}

TEST(Bound, IsTheRemainder) {
    constexpr std::uint64_t last = ~std::uint64_t{0};
    Random random(6);
    std::vector<std::uint64_t> bounds{1, 2, 3, 5, 7, last, last - 1, last / 2, last / 2 + 1, last / 2 + 2, last / 3};
    for (int i = 0; i < 300; ++i) bounds.push_back((random.next_u64() >> random.below(64)) | 1);
    for (const std::uint64_t n : bounds) {
        const Bound bound(n);
        std::vector<std::uint64_t> numbers{0, 1, last, last - 1, last / 2};
        for (const std::uint64_t k : {n, 2 * n, last / n * n}) numbers.insert(numbers.end(), {k - 1, k, k + 1});
        for (int i = 0; i < 100; ++i) numbers.push_back(random.next_u64());
        for (const std::uint64_t number : numbers) ASSERT_EQ(bound.remainder(number), number % n) << number << " " << n;
    }
}

// Also where half of the numbers are drawn again.
TEST(Draws, AreThoseOfTheGenerator) {
    for (const std::uint64_t n : {std::uint64_t{1}, std::uint64_t{137}, (std::uint64_t{1} << 63) + 1}) {
        Random random(8, n);
        Draws draws{random};
        const Bound bound(n);
        for (int i = 0; i < 2'000; ++i) ASSERT_EQ(draws.below(bound), random.below(n)) << i << " " << n;
    }
}

TEST(Random, SameSeedSameNumbers) {
    Random a(42, 3), b(42, 3), c(42, 4), d(43, 3);
    bool c_differs = false, d_differs = false;
    for (int i = 0; i < 100; ++i) {
        const std::uint64_t value = a.next_u64();
        EXPECT_EQ(value, b.next_u64());
        c_differs |= value != c.next_u64();
        d_differs |= value != d.next_u64();
    }
    EXPECT_TRUE(c_differs);
    EXPECT_TRUE(d_differs);
}

// A split stream depends on its place only, not on how many numbers its parent has already given.
TEST(Random, SplitDependsOnTheIndexAlone) {
    Random fresh(9), used(9);
    for (int i = 0; i < 17; ++i) used.next_u64();
    EXPECT_EQ(fresh.split(5).next_u64(), used.split(5).next_u64());
    std::set<std::uint64_t> firsts;
    for (std::uint64_t index = 0; index < 10'000; ++index) firsts.insert(fresh.split(index).next_u64());
    for (std::uint64_t index = 0; index < 10'000; ++index) firsts.insert(fresh.split(1).split(index).next_u64());
    EXPECT_EQ(firsts.size(), 20'000u);
}

TEST(Random, UniformIsInUnitIntervalAndEven) {
    Random random(7);
    constexpr int draws = 100'000;
    std::array<int, 10> bins{};
    double sum = 0;
    for (int i = 0; i < draws; ++i) {
        const double value = random.uniform();
        ASSERT_GE(value, 0.0);
        ASSERT_LT(value, 1.0);
        sum += value;
        ++bins[static_cast<std::size_t>(value * 10)];
    }
    EXPECT_NEAR(sum / draws, 0.5, 0.005);
    for (const int count : bins) EXPECT_NEAR(count, draws / 10, 500);  // five standard deviations
}

TEST(Random, BelowCoversItsRangeEvenly) {
    Random random(11);
    for (const std::uint64_t n : {std::uint64_t{1}, std::uint64_t{3}, std::uint64_t{7}, std::uint64_t{1000}}) {
        std::vector<int> counts(n, 0);
        for (int i = 0; i < 30'000; ++i) {
            const std::uint64_t value = random.below(n);
            ASSERT_LT(value, n);
            ++counts[value];
        }
        const double expected = 30'000.0 / static_cast<double>(n);
        for (const int count : counts) EXPECT_NEAR(count, expected, 6 * std::sqrt(expected) + 1e-9);
    }
}

// With n = 3 · 2^62 a modulo without rejection would give the lowest third twice as often.
TEST(Random, BelowHasNoModuloBias) {
    Random random(13);
    const std::uint64_t n = std::uint64_t{3} << 62;
    int lowest = 0;
    for (int i = 0; i < 30'000; ++i) lowest += random.below(n) < n / 3 ? 1 : 0;
    EXPECT_NEAR(lowest, 10'000, 500);
}

TEST(Random, BetweenIncludesBothEnds) {
    Random random(17);
    std::set<std::int64_t> seen;
    for (int i = 0; i < 1000; ++i) seen.insert(random.between(-2, 2));
    EXPECT_EQ(seen, (std::set<std::int64_t>{-2, -1, 0, 1, 2}));
    EXPECT_EQ(random.between(5, 5), 5);
    bool negative = false, positive = false;
    for (int i = 0; i < 100; ++i) {
        const std::int64_t value = random.between(INT64_MIN, INT64_MAX);
        negative |= value < 0;
        positive |= value > 0;
    }
    EXPECT_TRUE(negative && positive);
}

TEST(Random, ChanceHoldsItsProbability) {
    Random random(19);
    int hits = 0;
    for (int i = 0; i < 10'000; ++i) {
        hits += random.chance(0.25) ? 1 : 0;
        EXPECT_FALSE(random.chance(0));
        EXPECT_TRUE(random.chance(1));
    }
    EXPECT_NEAR(hits, 2500, 220);
}

}  // namespace
}  // namespace evolve
