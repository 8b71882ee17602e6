// Counter-based random numbers: Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3",
// SC11). A stream is named by (seed, stream); its n-th number depends on nothing else, so that results are the
// same on every machine and for every number of threads. No std:: distribution is used: their results are
// implementation-defined.
#pragma once

#include <array>
#include <cstdint>

namespace evolve {

std::array<std::uint32_t, 4> philox4x32_10(std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key);

class Random {
public:
    explicit Random(std::uint64_t seed, std::uint64_t stream = 0) : seed_(seed), stream_(stream) {}

    // A generator whose numbers are independent of this one's: for item `index` of a loop, on any thread.
    Random split(std::uint64_t index) const;

    std::uint64_t next_u64();
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

}  // namespace evolve
