#pragma once

#include <algorithm>
#include <numeric>
#include <vector>

#include "core/base/random.hpp"
#include "core/base/uuid.hpp"
#include "core/royalty/money.hpp"

namespace evolve::test {

// A number of up to `bits` bits; small ones are as likely as large ones.
inline Int128 any_amount(Random& random, int bits) {
    const auto wide = static_cast<UInt128>(random.next_u64()) << 64 | random.next_u64();
    return static_cast<Int128>(wide >> (128 - random.between(1, bits)));
}

inline Uuid person(std::uint64_t number) {
    Uuid id{};
    for (std::size_t i = 0; i < 8; ++i) id[15 - i] = static_cast<std::uint8_t>(number >> (8 * i) & 255);
    return id;
}

template <class Item>
void shuffle(std::vector<Item>& items, Random& random) {
    for (std::size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[random.below(i)]);
}

template <class Container, class Get>
Int128 sum_of(const Container& items, Get get) {
    Int128 sum = 0;
    for (const auto& item : items) sum += get(item);
    return sum;
}

}  // namespace evolve::test
