#include "core/base/random.hpp"

namespace evolve {
namespace {

constexpr std::uint64_t low32 = 0xFFFFFFFFu;

// SplitMix64's finaliser: spreads an index over a stream number.
std::uint64_t mix(std::uint64_t x) {
    x += 0x9E3779B97F4A7C15u;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
    return x ^ (x >> 31);
}

}  // namespace

std::array<std::uint32_t, 4> philox4x32_10(std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key) {
    for (int round = 0; round < 10; ++round) {
        const std::uint64_t product0 = std::uint64_t{0xD2511F53u} * counter[0];
        const std::uint64_t product1 = std::uint64_t{0xCD9E8D57u} * counter[2];
        counter = {
            static_cast<std::uint32_t>(product1 >> 32) ^ counter[1] ^ key[0], static_cast<std::uint32_t>(product1),
            static_cast<std::uint32_t>(product0 >> 32) ^ counter[3] ^ key[1], static_cast<std::uint32_t>(product0)};
        key[0] += 0x9E3779B9u;
        key[1] += 0xBB67AE85u;
    }
    return counter;
}

Random Random::split(std::uint64_t index) const { return Random(seed_, mix(stream_ ^ mix(index))); }

std::uint64_t Random::next_u64() {
    if (used_ >= 4) {
        block_ =
            philox4x32_10({static_cast<std::uint32_t>(counter_ & low32), static_cast<std::uint32_t>(counter_ >> 32),
                           static_cast<std::uint32_t>(stream_ & low32), static_cast<std::uint32_t>(stream_ >> 32)},
                          {static_cast<std::uint32_t>(seed_ & low32), static_cast<std::uint32_t>(seed_ >> 32)});
        ++counter_;
        used_ = 0;
    }
    const std::uint64_t value = (std::uint64_t{block_[used_ + 1]} << 32) | block_[used_];
    used_ += 2;
    return value;
}

double Random::uniform() { return static_cast<double>(next_u64() >> 11) * 0x1.0p-53; }

std::uint64_t Random::below(std::uint64_t n) {
    // Numbers under `skip` would make small remainders likelier: draw again.
    const std::uint64_t skip = (0 - n) % n;
    for (;;) {
        const std::uint64_t value = next_u64();
        if (value >= skip) return value % n;
    }
}

std::int64_t Random::between(std::int64_t low, std::int64_t high) {
    const std::uint64_t width = static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low) + 1;
    const std::uint64_t offset = width == 0 ? next_u64() : below(width);
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(low) + offset);
}

}  // namespace evolve
