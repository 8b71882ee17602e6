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
std::size_t next_set_bit(std::span<const std::uint64_t> bits, std::size_t from, std::size_t bars);

// All on bitmaps of `bars` bars; none allocates more than one bitmap.
void bits_and(Bitmap& into, std::span<const std::uint64_t> other);
void bits_or(Bitmap& into, std::span<const std::uint64_t> other);
// Bit t becomes what bit t - by was, false where there was no such bar.
void bits_shift(Bitmap& bits, std::size_t by, std::size_t bars);
// Bit t becomes true when bits t - length + 1 … t all were; bars before the series count as false.
void bits_all_of(Bitmap& bits, std::size_t length, std::size_t bars);
// … when one of them was.
void bits_any_of(Bitmap& bits, std::size_t length, std::size_t bars);

}  // namespace evolve
