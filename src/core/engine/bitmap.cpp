#include "core/engine/bitmap.hpp"

#include <algorithm>

namespace evolve {
namespace {

// Calls combine(word, the word `by` bars earlier) from the last word to the first, so that earlier ones are still old.
template <class Combine>
void with_shifted(Bitmap& bits, std::size_t by, Combine&& combine) {
    const std::size_t whole = by / bits_per_word, part = by % bits_per_word;
    for (std::size_t i = bits.size(); i-- > 0;) {
        std::uint64_t shifted = 0;
        if (i >= whole) {
            shifted = bits[i - whole] << part;
            if (part != 0 && i > whole) shifted |= bits[i - whole - 1] >> (bits_per_word - part);
        }
        combine(bits[i], shifted);
    }
}

void clear_tail(Bitmap& bits, std::size_t bars) {
    if (bars % bits_per_word != 0) bits.back() &= (std::uint64_t{1} << (bars % bits_per_word)) - 1;
}

// After a round `bits` covers windows of `covered` bars; two such windows, shifted apart, cover up to twice as many.
template <class Combine>
void doubling(Bitmap& bits, std::size_t length, Combine&& combine) {
    for (std::size_t covered = 1; covered < length;) {
        const std::size_t by = std::min(covered, length - covered);
        with_shifted(bits, by, combine);
        covered += by;
    }
}

}  // namespace

std::size_t next_set_bit(std::span<const std::uint64_t> bits, std::size_t from, std::size_t bars) {
    if (from >= bars) return bars;
    std::size_t i = from / bits_per_word;
    std::uint64_t word = bits[i] & (~std::uint64_t{0} << (from % bits_per_word));
    while (word == 0) {
        if (++i == bits.size()) return bars;
        word = bits[i];
    }
    return i * bits_per_word + static_cast<std::size_t>(std::countr_zero(word));
}

void bits_and(Bitmap& into, std::span<const std::uint64_t> other) {
    for (std::size_t i = 0; i < into.size(); ++i) into[i] &= other[i];
}

void bits_or(Bitmap& into, std::span<const std::uint64_t> other) {
    for (std::size_t i = 0; i < into.size(); ++i) into[i] |= other[i];
}

void bits_shift(Bitmap& bits, std::size_t by, std::size_t bars) {
    with_shifted(bits, by, [](std::uint64_t& word, std::uint64_t shifted) { word = shifted; });
    clear_tail(bits, bars);
}

void bits_all_of(Bitmap& bits, std::size_t length, std::size_t bars) {
    // A window that reaches over the start of the series holds a false: nothing is left of it after so many bars.
    doubling(bits, std::min(length, bars + 1), [](std::uint64_t& word, std::uint64_t shifted) { word &= shifted; });
}

void bits_any_of(Bitmap& bits, std::size_t length, std::size_t bars) {
    doubling(bits, std::min(length, bars + 1), [](std::uint64_t& word, std::uint64_t shifted) { word |= shifted; });
    clear_tail(bits, bars);
}

}  // namespace evolve
