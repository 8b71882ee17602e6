// Every path that this machine can run gives the bits of plain loops.
#include "core/simd/kernels.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "core/base/random.hpp"

namespace evolve {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN(), infinity = std::numeric_limits<double>::infinity();

// Equal values, unknown ones, zeros of both signs, tiny, huge and infinite ones among ordinary ones.
std::vector<double> hard_values(std::size_t count, std::uint64_t stream) {
    constexpr double hard[] = {nan, -nan, 0.0, -0.0, 5e-324, -5e-324, 1.7e308, -1.7e308, infinity, -infinity, 1, 2};
    Random random(41, stream);
    std::vector<double> values(count);
    for (double& value : values)
        value = random.chance(0.4) ? hard[random.below(std::size(hard))] : std::round(8 * random.uniform()) - 4;
    return values;
}

class Paths : public testing::TestWithParam<const Kernels*> {};

struct Relations {
    std::vector<std::uint64_t> bits[6];
    explicit Relations(std::size_t words) {
        for (auto& one : bits) one.assign(words, 0xDEADBEEF);
    }
    RelationBits out() {
        return {bits[0].data(), bits[1].data(), bits[2].data(), bits[3].data(), bits[4].data(), bits[5].data()};
    }
};

Relations expected_relations(const std::vector<double>& a, const std::vector<double>& b, std::size_t words) {
    Relations result(words);
    for (auto& one : result.bits) one.assign(words, 0);
    for (std::size_t i = 0; i < words * 64; ++i) {
        const double x = a[i], y = b[i];
        const bool truths[] = {x > y, x < y, x >= y, x <= y, x == y, x < y || x > y};
        for (std::size_t k = 0; k < 6; ++k)
            if (truths[k]) result.bits[k][i / 64] |= std::uint64_t{1} << (i % 64);
    }
    return result;
}

void expect_same(const Relations& actual, const Relations& expected) {
    for (std::size_t k = 0; k < 6; ++k) EXPECT_EQ(actual.bits[k], expected.bits[k]) << "relation " << k;
}

TEST_P(Paths, CompareAsPlainLoopsDo) {
    const Kernels& path = *GetParam();
    for (const std::size_t words : {1u, 2u, 5u, 16u}) {
        // Columns begin anywhere, also off the alignment of vectors.
        for (std::size_t shift = 0; shift < 3; ++shift) {
            const auto a = hard_values(words * 64 + shift, words), b = hard_values(words * 64 + shift, words + 100);
            const std::vector<double> x(a.begin() + static_cast<std::ptrdiff_t>(shift), a.end()),
                y(b.begin() + static_cast<std::ptrdiff_t>(shift), b.end());
            Relations actual(words);
            path.compare(a.data() + shift, b.data() + shift, words, actual.out());
            expect_same(actual, expected_relations(x, y, words));

            std::vector<std::uint64_t> unknown_x(words), unknown_y(words);
            path.mark_unknown(a.data() + shift, words, unknown_x.data());
            path.mark_unknown(b.data() + shift, words, unknown_y.data());
            for (std::size_t i = 0; i < words * 64; ++i)
                ASSERT_EQ((unknown_x[i / 64] >> (i % 64) & 1) != 0, std::isnan(x[i]));
            Relations known(words);
            path.compare_known(a.data() + shift, b.data() + shift, unknown_x.data(), unknown_y.data(), words,
                               known.out());
            expect_same(known, expected_relations(x, y, words));
        }
        for (const double constant : {1.0, 0.0, -0.0, nan, infinity}) {
            const auto a = hard_values(words * 64, words + 200);
            Relations actual(words);
            path.compare_constant(a.data(), constant, words, actual.out());
            expect_same(actual, expected_relations(a, std::vector<double>(words * 64, constant), words));
        }
    }
}

TEST_P(Paths, WriteOnlyWhatIsAskedFor) {
    const auto a = hard_values(64, 1), b = hard_values(64, 2);
    std::uint64_t equal = 0;
    RelationBits out;
    out.equal = &equal;
    GetParam()->compare(a.data(), b.data(), 1, out);
    EXPECT_EQ(equal, expected_relations(a, b, 1).bits[4][0]);
    // Each alone, where one comparison may stand for another.
    std::uint64_t unknown_a = 0, unknown_b = 0;
    GetParam()->mark_unknown(a.data(), 1, &unknown_a);
    GetParam()->mark_unknown(b.data(), 1, &unknown_b);
    const Relations expected = expected_relations(a, b, 1);
    for (std::uint64_t* RelationBits::*const relation :
         {&RelationBits::greater, &RelationBits::less, &RelationBits::greater_equal, &RelationBits::less_equal,
          &RelationBits::equal, &RelationBits::not_equal}) {
        std::uint64_t bits = 0;
        RelationBits only;
        only.*relation = &bits;
        GetParam()->compare_known(a.data(), b.data(), &unknown_a, &unknown_b, 1, only);
        Relations all = expected;
        EXPECT_EQ(bits, *(all.out().*relation));
    }
}

double plain(Arithmetic op, double a, double b) {
    const double value = op == Arithmetic::add        ? a + b
                         : op == Arithmetic::subtract ? a - b
                         : op == Arithmetic::multiply ? a * b
                                                      : a / b;
    return std::isfinite(value) ? value : nan;
}

TEST_P(Paths, CalculateAsPlainLoopsDo) {
    for (const Arithmetic op : {Arithmetic::add, Arithmetic::subtract, Arithmetic::multiply, Arithmetic::divide}) {
        for (const std::size_t count : {0u, 1u, 3u, 7u, 8u, 9u, 64u, 101u}) {
            const auto a = hard_values(count + 1, count), b = hard_values(count + 1, count + 300);
            for (std::size_t form = 0; form < 4; ++form) {
                const std::size_t step_a = form & 1, step_b = form >> 1;
                std::vector<double> out(count + 1, 77);
                GetParam()->arithmetic(op, a.data(), step_a, b.data(), step_b, count, out.data());
                for (std::size_t i = 0; i < count; ++i) {
                    const double expected = plain(op, a[i * step_a], b[i * step_b]);
                    // Every bit, of zeros and of the unknown too.
                    ASSERT_EQ(std::bit_cast<std::uint64_t>(out[i]), std::bit_cast<std::uint64_t>(expected))
                        << out[i] << " instead of " << expected;
                }
                EXPECT_EQ(out[count], 77) << "written beyond the end";
            }
        }
    }
}

TEST_P(Paths, DropWhatIsNotFinite) {
    for (const std::size_t count : {0u, 1u, 7u, 8u, 100u}) {
        const auto values = hard_values(count, count + 5);
        auto cleaned = values;
        const bool found = GetParam()->drop_non_finite(cleaned.data(), count);
        EXPECT_EQ(found, std::any_of(values.begin(), values.end(), [](double x) { return !std::isfinite(x); }));
        for (std::size_t i = 0; i < count; ++i)
            ASSERT_EQ(std::bit_cast<std::uint64_t>(cleaned[i]),
                      std::bit_cast<std::uint64_t>(std::isfinite(values[i]) ? values[i] : nan));
    }
}

TEST_P(Paths, DeviationsAreThoseOfAPlainLoop) {
    for (const std::size_t count : {0u, 1u, 7u, 8u, 100u}) {
        const auto means = hard_values(count, count + 6), squares = hard_values(count, count + 7);
        std::vector<double> actual(count);
        GetParam()->deviations(means.data(), squares.data(), 3, count, actual.data());
        for (std::size_t i = 0; i < count; ++i) {
            const double variance = squares[i] / 3 - means[i] * means[i];
            ASSERT_EQ(std::bit_cast<std::uint64_t>(actual[i]),
                      std::bit_cast<std::uint64_t>(variance > 0 ? std::sqrt(variance) : 0.0));
        }
    }
}

TEST_P(Paths, WindowsOfBlocksAreThoseOfAPlainLoop) {
    for (const std::size_t n : {1u, 2u, 3u, 20u, 101u}) {
        for (const bool hard : {false, true}) {
            constexpr std::size_t row = window_blocks + 1;
            std::vector<double> values = hard_values(n * row, n + 8);
            Random random(42, n);
            for (double& value : values)
                if (!hard || !(std::fabs(value) < 1e300)) value = 100 + random.uniform();
            std::vector<double> rows(n * row), means(n * window_blocks), deviations(n * window_blocks);
            for (std::size_t i = 0; i < values.size(); ++i) rows[i % n * row + i / n] = values[i];
            GetParam()->window_deviations(rows.data(), n, means.data(), deviations.data());
            for (std::size_t i = n; i < values.size(); ++i) {
                const std::size_t start = i / n * n;  // of the block
                const double anchor = values[start], count = static_cast<double>(n);
                double head = 0, head_squares = 0, tail = 0, tail_squares = 0;
                for (std::size_t k = start; k <= i; ++k) {
                    head += values[k] - anchor;
                    head_squares += (values[k] - anchor) * (values[k] - anchor);
                }
                for (std::size_t k = start - 1; k + n > i; --k) {
                    tail += values[k] - anchor;
                    tail_squares += (values[k] - anchor) * (values[k] - anchor);
                }
                const double mean = (head + tail) / count;
                const double variance = (head_squares + tail_squares) / count - mean * mean;
                const std::size_t at = i % n * window_blocks + start / n - 1;
                ASSERT_EQ(std::bit_cast<std::uint64_t>(means[at]), std::bit_cast<std::uint64_t>(mean + anchor));
                ASSERT_EQ(std::bit_cast<std::uint64_t>(deviations[at]),
                          std::bit_cast<std::uint64_t>(variance > 0 ? std::sqrt(variance) : 0.0));
            }
        }
    }
}

INSTANTIATE_TEST_SUITE_P(All, Paths, testing::ValuesIn(available_kernels().begin(), available_kernels().end()),
                         [](const auto& path) { return std::string(path.param->name); });

TEST(Dispatch, UsesTheFastestUnlessToldOtherwise) {
    ASSERT_FALSE(available_kernels().empty());
    EXPECT_EQ(available_kernels().front()->name, "portable");
    EXPECT_EQ(&kernels(), available_kernels().back());
    for (const Kernels* path : available_kernels()) {
        use_kernels(path);
        EXPECT_EQ(&kernels(), path);
    }
    use_kernels(nullptr);
    EXPECT_EQ(&kernels(), available_kernels().back());
}

}  // namespace
}  // namespace evolve
