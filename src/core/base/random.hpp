// Counter-based random numbers: Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3",
// SC11). A stream is named by (seed, stream); its n-th number depends on nothing else, so that results are the
// same on every machine and for every number of threads. No std:: distribution is used: their results are
// implementation-defined.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace evolve {

std::array<std::uint32_t, 4> philox4x32_10(std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key);

class Random {
public:
    explicit Random(std::uint64_t seed, std::uint64_t stream = 0) : seed_(seed), stream_(stream) {}

    // A generator whose numbers are independent of this one's: for item `index` of a loop, on any thread.
    Random split(std::uint64_t index) const;

    std::uint64_t next_u64();
    // The numbers that next_u64() would give, many at a time: faster.
    void fill(std::span<std::uint64_t> into);
    // Uniform in [0, 1), 53 bits.
    double uniform();
    // Uniform integer in [0, n), without modulo bias; n > 0.
    std::uint64_t below(std::uint64_t n);
    // Uniform integer in [low, high], both included.
    std::int64_t between(std::int64_t low, std::int64_t high);
    bool chance(double probability) { return uniform() < probability; }

private:
    std::uint64_t seed_;
    std::uint64_t stream_;
    std::uint64_t counter_ = 0;
    std::array<std::uint32_t, 4> block_{};
    unsigned used_ = 4;  // words of block_ already handed out
};

// A bound of many draws: what Random::below(n) makes of a number, without dividing by n each time.
class Bound {
public:
    explicit Bound(std::uint64_t n) : n_(n), skip_((0 - n) % n), inverse_(~std::uint64_t{0} / n) {}  // n > 0

    // Numbers that are not taken would make small remainders likelier.
    bool takes(std::uint64_t number) const { return number >= skip_; }
    std::uint64_t remainder(std::uint64_t number) const {
        // The quotient, or one less: inverse_ is at least 2^64 / n - 1.
        const std::uint64_t quotient = high_half(number, inverse_), rest = number - quotient * n_;
        return rest >= n_ ? rest - n_ : rest;
    }

private:
    static std::uint64_t high_half(std::uint64_t a, std::uint64_t b) {
        __extension__ typedef unsigned __int128 Wide;
        return static_cast<std::uint64_t>((Wide{a} * b) >> 64);
    }
    std::uint64_t n_, skip_, inverse_;
};

// The numbers of one generator, drawn many at a time.
class Draws {
public:
    explicit Draws(const Random& random) : random_(random) {}

    // What below(n) of the generator would give.
    std::uint64_t below(const Bound& bound) {
        for (;;) {
            if (next_ == numbers_.size()) {
                random_.fill(numbers_);
                next_ = 0;
            }
            const std::uint64_t number = numbers_[next_++];
            if (bound.takes(number)) return bound.remainder(number);
        }
    }

private:
    Random random_;
    std::array<std::uint64_t, 256> numbers_;
    std::size_t next_ = numbers_.size();
};

}  // namespace evolve
