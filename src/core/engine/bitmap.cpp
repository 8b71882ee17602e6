#include "core/engine/bitmap.hpp"

#include <algorithm>

namespace evolve {
namespace {

// Calls combine(word, the word `by` bars earlier) from the last word to the first, so that earlier ones are still old.
template <class Combine>
void with_shifted(std::span<std::uint64_t> bits, std::size_t by, Combine&& combine) {
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

// Calls work(i) for i = 0 .. count - 1, in blocks of a fixed length, which compilers turn into vector instructions.
template <class Work>
[[gnu::always_inline]] inline void by_blocks(std::size_t count, Work work) {
    constexpr std::size_t block = 8;
    std::size_t i = 0;
    for (; i + block <= count; i += block)
        for (std::size_t k = 0; k < block; ++k) work(i + k);
    for (; i < count; ++i) work(i);
}

// Pointers to words that nothing else in the loop touches.
using Words = std::uint64_t* __restrict;
using OtherWords = const std::uint64_t* __restrict;

void and_words(Words into, OtherWords a, OtherWords b, std::size_t count) {
    by_blocks(count, [=](std::size_t i) { into[i] = a[i] & b[i]; });
}

void or_words(Words into, OtherWords a, OtherWords b, std::size_t count) {
    by_blocks(count, [=](std::size_t i) { into[i] = a[i] | b[i]; });
}

// Shifted twice, since a shift by a whole word is none.
void shift_words(Words into, OtherWords from, OtherWords before, std::size_t part, std::size_t count) {
    by_blocks(count, [=](std::size_t i) { into[i] = from[i] << part | before[i] >> 1 >> (bits_per_word - 1 - part); });
}

void clear_tail(std::span<std::uint64_t> bits, std::size_t bars) {
    if (bars % bits_per_word != 0) bits.back() &= (std::uint64_t{1} << (bars % bits_per_word)) - 1;
}

// After a round `bits` covers windows of `covered` bars; two such windows, shifted apart, cover up to twice as many.
template <class Combine>
void doubling(std::span<std::uint64_t> bits, std::size_t length, Combine&& combine) {
    for (std::size_t covered = 1; covered < length;) {
        const std::size_t by = std::min(covered, length - covered);
        with_shifted(bits, by, combine);
        covered += by;
    }
}

}  // namespace

void bits_and(std::span<std::uint64_t> into, std::span<const std::uint64_t> a, std::span<const std::uint64_t> b) {
    and_words(into.data(), a.data(), b.data(), into.size());
}

void bits_or(std::span<std::uint64_t> into, std::span<const std::uint64_t> a, std::span<const std::uint64_t> b) {
    or_words(into.data(), a.data(), b.data(), into.size());
}

void bits_shift(std::span<std::uint64_t> into, std::span<const std::uint64_t> from, std::size_t by, std::size_t bars) {
    const std::size_t whole = std::min(by / bits_per_word, into.size()), part = by % bits_per_word;
    std::fill(into.begin(), into.begin() + static_cast<std::ptrdiff_t>(whole), 0);
    if (whole == into.size()) return;
    into[whole] = from[0] << part;
    shift_words(into.data() + whole + 1, from.data() + 1, from.data(), part, into.size() - whole - 1);
    clear_tail(into, bars);
}

void bits_all_of(std::span<std::uint64_t> bits, std::size_t length, std::size_t bars) {
    // A window that reaches over the start of the series holds a false: nothing is left of it after so many bars.
    doubling(bits, std::min(length, bars + 1), [](std::uint64_t& word, std::uint64_t shifted) { word &= shifted; });
}

void bits_any_of(std::span<std::uint64_t> bits, std::size_t length, std::size_t bars) {
    doubling(bits, std::min(length, bars + 1), [](std::uint64_t& word, std::uint64_t shifted) { word |= shifted; });
    clear_tail(bits, bars);
}

}  // namespace evolve
