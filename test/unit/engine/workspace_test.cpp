#include "core/engine/workspace.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "core/base/parallel.hpp"

namespace evolve {
namespace {

// Pieces overlap with no other and are aligned, whether their memory was made ready or not; what is given back goes
// round.
TEST(Pool, PiecesAreApart) {
    for (const std::size_t bytes : {std::size_t{100}, std::size_t{12'608}, std::size_t{800'064}}) {
        const Team team({.poll = nullptr, .threads = 3});
        Pool pool(bytes);
        std::vector<char*> pieces;
        const auto take = [&](std::size_t count) {
            for (std::size_t i = 0; i < count; ++i) {
                pieces.push_back(static_cast<char*>(pool.take()));
                EXPECT_EQ(reinterpret_cast<std::uintptr_t>(pieces.back()) % 64, 0u);
                std::memset(pieces.back(), static_cast<int>(pieces.size()), bytes);
            }
        };
        take(3);
        pool.make_ready(20, team.control());  // what is in use is left alone
        take(25);
        pool.make_ready(0, team.control());
        for (std::size_t i = 0; i < pieces.size(); ++i)
            EXPECT_TRUE(std::all_of(pieces[i], pieces[i] + bytes, [i](char byte) { return byte == char(i + 1); }));
        std::vector<char*> first = pieces;
        for (char* piece : pieces) pool.give_back(piece);
        pool.make_ready(first.size(), team.control());
        pieces.clear();
        take(first.size());
        std::sort(first.begin(), first.end());
        for (char* piece : pieces) EXPECT_TRUE(std::binary_search(first.begin(), first.end(), piece));
    }
}

}  // namespace
}  // namespace evolve
