// Inner loops that have one implementation for each kind of vector unit. All give the same bits: the work on one value
// is the same IEEE operation on each path, and no path adds values up in an order of its own.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace evolve {

// Where to write which relation of a to b, one bit a value, 64 values a word; nullptr: not asked for. With an unknown
// value (NaN) on either side all are false, not_equal too.
struct RelationBits {
    std::uint64_t* greater = nullptr;
    std::uint64_t* less = nullptr;
    std::uint64_t* greater_equal = nullptr;
    std::uint64_t* less_equal = nullptr;
    std::uint64_t* equal = nullptr;
    std::uint64_t* not_equal = nullptr;

    // The same from word `words` on.
    RelationBits from(std::size_t words) const {
        const auto on = [words](std::uint64_t* bits) { return bits == nullptr ? nullptr : bits + words; };
        return {on(greater), on(less), on(greater_equal), on(less_equal), on(equal), on(not_equal)};
    }
};

// Pairs of low <= high, eight of which have one lowest and highest a level up, eight of those one in the level above,
// and so on. A level lies in memory eight lows, then the eight highs that belong to them; what is missing in the last
// eight has a low of +infinity and a high of -infinity.
struct RangeTree {
    static constexpr std::size_t fan = 8, level_count = 4;
    const double *low = nullptr, *high = nullptr;  // the pairs themselves
    std::size_t count = 0;
    std::array<const double*, level_count> levels{};
};

// The first pair of [first, last], last < tree.count, whose low is at or below `below` or whose high is at or above
// `above` (NaN: never); last + 1 when there is none, or no pair at all.
struct RangeQuery {
    std::size_t first, last;
    double below, above;
    std::size_t found;  // the answer
};

enum class Arithmetic : std::uint8_t { add, subtract, multiply, divide };

inline constexpr std::size_t window_blocks = 8;

struct Kernels {
    std::string_view name;
    // All relations of 64 * words values to those of b, or to one constant.
    void (*compare)(const double* a, const double* b, std::size_t words, const RelationBits& out);
    void (*compare_constant)(const double* a, double b, std::size_t words, const RelationBits& out);
    // Like compare, by bits that say where a or b is unknown (see mark_unknown), which saves a look at every value.
    void (*compare_known)(const double* a, const double* b, const std::uint64_t* unknown_a,
                          const std::uint64_t* unknown_b, std::size_t words, const RelationBits& out);
    // Bit i: values[i] is NaN.
    void (*mark_unknown)(const double* values, std::size_t words, std::uint64_t* out);
    // out[i] = a[i] op b[i], NaN where that is not finite. A stride is 1, or 0 for a constant. out may be a or b.
    void (*arithmetic)(Arithmetic op, const double* a, std::size_t stride_a, const double* b, std::size_t stride_b,
                       std::size_t count, double* out);
    // Standard deviations of `count` values each: out[i] is the root of squares[i] / count - means[i]^2, 0 where that
    // is not above 0. out may be one of them.
    void (*deviations)(const double* means, const double* squares, double count, std::size_t size, double* out);
    // Means and standard deviations of the windows of n values that end at each value of window_blocks blocks of n,
    // which follow each other. rows[k]: value k of the block before them, then of each of them. means[k] and
    // deviations[k]: of the windows that end at value k of each. Sums are taken of distances from a block's first
    // value.
    void (*window_deviations)(const double* rows, std::size_t n, double* means, double* deviations);
    // values[i] = NaN where it is not finite; whether there is such a value.
    bool (*drop_non_finite)(double* values, std::size_t count);
    // Answers `count` questions.
    void (*first_outside)(const RangeTree& tree, RangeQuery* queries, std::size_t count);
};

// What this machine can run, slowest first: portable C++ everywhere; on x86-64 the baseline (SSE2, so x86-64-v2 too),
// AVX2 and AVX-512 where the processor and its system have them.
std::span<const Kernels* const> available_kernels();
// The ones in use: the fastest available.
const Kernels& kernels();
// For tests and measurements: use others, one of available_kernels(); nullptr: the fastest again.
void use_kernels(const Kernels* chosen);

}  // namespace evolve
