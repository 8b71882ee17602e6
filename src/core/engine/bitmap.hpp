// One bit a bar, 64 bars a word: bit t of word t / 64. Bits past the last bar are 0.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace evolve {

using Bitmap = std::vector<std::uint64_t>;

inline constexpr std::size_t bits_per_word = 64;

inline std::size_t bitmap_words(std::size_t bars) { return (bars + bits_per_word - 1) / bits_per_word; }
inline bool test_bit(std::span<const std::uint64_t> bits, std::size_t bar) {
    return (bits[bar / bits_per_word] >> (bar % bits_per_word) & 1) != 0;
}

// The first set bit at or after `from`; `bars` when there is none.
inline std::size_t next_set_bit(std::span<const std::uint64_t> bits, std::size_t from, std::size_t bars) {
    if (from >= bars) return bars;
    std::size_t i = from / bits_per_word;
    std::uint64_t word = bits[i] & (~std::uint64_t{0} << (from % bits_per_word));
    while (word == 0) {
        if (++i == bits.size()) return bars;
        word = bits[i];
    }
    return i * bits_per_word + static_cast<std::size_t>(std::countr_zero(word));
}

// All on bitmaps of `bars` bars; none allocates.
// Word by word; `into` is neither a nor b.
void bits_and(std::span<std::uint64_t> into, std::span<const std::uint64_t> a, std::span<const std::uint64_t> b);
void bits_or(std::span<std::uint64_t> into, std::span<const std::uint64_t> a, std::span<const std::uint64_t> b);
// Bit t of `into` becomes bit t - by of another bitmap, false where there is no such bar. `into` is not `from`.
void bits_shift(std::span<std::uint64_t> into, std::span<const std::uint64_t> from, std::size_t by, std::size_t bars);
// Bit t becomes true when bits t - length + 1 … t all were; bars before the series count as false.
void bits_all_of(std::span<std::uint64_t> bits, std::size_t length, std::size_t bars);
// … when one of them was.
void bits_any_of(std::span<std::uint64_t> bits, std::size_t length, std::size_t bars);

}  // namespace evolve
