#include "core/base/large_pages.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <numeric>
#include <vector>

namespace evolve {
namespace {

TEST(LargePages, AreWholeAlignedAndZero) {
    for (const std::size_t bytes : {large_page, 3 * large_page}) {
        auto* const memory = static_cast<unsigned char*>(map_pages(bytes));
        EXPECT_EQ(reinterpret_cast<std::uintptr_t>(memory) % large_page, 0U);
        EXPECT_TRUE(std::all_of(memory, memory + bytes, [](unsigned char byte) { return byte == 0; }));
        std::fill_n(memory, bytes, 1);
        unmap_pages(memory, bytes);
    }
}

TEST(LargePages, RefuseWhatNoSystemHas) {
    EXPECT_THROW(map_pages(std::numeric_limits<std::size_t>::max() / large_page * large_page - 8 * large_page),
                 std::bad_alloc);
}

// Growing a vector goes through the heap first and through mapped pages then, and back when it is made smaller.
TEST(LongVector, IsAVector) {
    LongVector<std::uint64_t> grown;
    std::vector<std::uint64_t> plain;
    const std::size_t count = 5 * large_page / sizeof(std::uint64_t) + 3;
    for (std::size_t i = 0; i < count; ++i) {
        grown.push_back(i * i);
        plain.push_back(i * i);
    }
    EXPECT_TRUE(std::equal(grown.begin(), grown.end(), plain.begin(), plain.end()));
    LongVector<std::uint64_t> moved = std::move(grown);
    EXPECT_TRUE(std::equal(moved.begin(), moved.end(), plain.begin(), plain.end()));
    moved.resize(100);
    moved.shrink_to_fit();
    EXPECT_TRUE(std::equal(moved.begin(), moved.end(), plain.begin(), plain.begin() + 100));
}

TEST(LongVector, HasTheSameBytesAtEverySizeAroundThePages) {
    for (const std::size_t pages : {1, 2, 3})
        for (const std::size_t bytes : {pages * large_page - 1, pages * large_page, pages * large_page + 1}) {
            LongVector<char> vector(bytes, 'x');
            EXPECT_EQ(std::count(vector.begin(), vector.end(), 'x'), static_cast<std::ptrdiff_t>(bytes));
            const LongVector<char> copy = vector;
            EXPECT_EQ(copy, vector);
        }
}

}  // namespace
}  // namespace evolve
