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

std::uint32_t low_half(std::uint64_t x) { return static_cast<std::uint32_t>(x & low32); }
std::uint32_t high_half(std::uint64_t x) { return static_cast<std::uint32_t>(x >> 32); }

// So many blocks at once: none waits for what another one multiplies.
constexpr std::size_t blocks_together = 8;

// Blocks of `count` counters, word i of block k in words[i][k].
template <std::size_t count>
void make_blocks(std::array<std::array<std::uint32_t, count>, 4>& words, std::array<std::uint32_t, 2> key) {
    for (int round = 0; round < 10; ++round) {
        for (std::size_t k = 0; k < count; ++k) {
            const std::uint64_t product0 = std::uint64_t{0xD2511F53u} * words[0][k];
            const std::uint64_t product1 = std::uint64_t{0xCD9E8D57u} * words[2][k];
            words[0][k] = high_half(product1) ^ words[1][k] ^ key[0];
            words[1][k] = low_half(product1);
            words[2][k] = high_half(product0) ^ words[3][k] ^ key[1];
            words[3][k] = low_half(product0);
        }
        key[0] += 0x9E3779B9u;
        key[1] += 0xBB67AE85u;
    }
}

}  // namespace

std::array<std::uint32_t, 4> philox4x32_10(std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key) {
    std::array<std::array<std::uint32_t, 1>, 4> words{{{counter[0]}, {counter[1]}, {counter[2]}, {counter[3]}}};
    make_blocks(words, key);
    return {words[0][0], words[1][0], words[2][0], words[3][0]};
}

Random Random::split(std::uint64_t index) const { return Random(seed_, mix(stream_ ^ mix(index))); }

std::uint64_t Random::next_u64() {
    if (used_ >= 4) {
        block_ = philox4x32_10({low_half(counter_), high_half(counter_), low_half(stream_), high_half(stream_)},
                               {low_half(seed_), high_half(seed_)});
        ++counter_;
        used_ = 0;
    }
    const std::uint64_t value = (std::uint64_t{block_[used_ + 1]} << 32) | block_[used_];
    used_ += 2;
    return value;
}

void Random::fill(std::span<std::uint64_t> into) {
    while (!into.empty() && (used_ < 4 || into.size() < 2 * blocks_together)) {
        into.front() = next_u64();
        into = into.subspan(1);
    }
    for (; into.size() >= 2 * blocks_together; into = into.subspan(2 * blocks_together)) {
        std::array<std::array<std::uint32_t, blocks_together>, 4> words;
        for (std::size_t k = 0; k < blocks_together; ++k) {
            words[0][k] = low_half(counter_ + k);
            words[1][k] = high_half(counter_ + k);
            words[2][k] = low_half(stream_);
            words[3][k] = high_half(stream_);
        }
        make_blocks(words, {low_half(seed_), high_half(seed_)});
        for (std::size_t k = 0; k < blocks_together; ++k) {
            into[2 * k] = (std::uint64_t{words[1][k]} << 32) | words[0][k];
            into[2 * k + 1] = (std::uint64_t{words[3][k]} << 32) | words[2][k];
        }
        counter_ += blocks_together;
    }
    for (std::uint64_t& number : into) number = next_u64();
}

double Random::uniform() { return static_cast<double>(next_u64() >> 11) * 0x1.0p-53; }

std::uint64_t Random::below(std::uint64_t n) {
    // Numbers under 2^64 % n, which is less than n, would make small remainders likelier: draw again.
    for (;;) {
        const std::uint64_t value = next_u64();
        if (value >= n || value >= (0 - n) % n) return value % n;
    }
}

std::int64_t Random::between(std::int64_t low, std::int64_t high) {
    const std::uint64_t width = static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low) + 1;
    const std::uint64_t offset = width == 0 ? next_u64() : below(width);
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(low) + offset);
}

}  // namespace evolve
