// Names as people write them: case, typing errors, and how to quote what may be hostile.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace evolve {

// ASCII only: names of the language hold nothing else.
bool equals_ignoring_case(std::string_view left, std::string_view right);
std::string to_lower(std::string_view text);

// The candidate fewest typing errors away (insertions, deletions, replacements, swaps of neighbours), when that is
// few enough to be one; empty otherwise. Ties: the first.
std::string_view nearest_name(std::string_view name, std::span<const std::string_view> candidates);
// 'Did you mean "sma"?' when one is near, else `otherwise`.
std::string suggestion(std::string_view name, std::span<const std::string_view> candidates, std::string otherwise = {});

// "name" in double quotes for a message: control characters and broken UTF-8 shown as ?, cut after 60 characters.
std::string in_quotes(std::string_view text);
// "a, b and c"
std::string listed(std::span<const std::string_view> words, std::string_view last_joint = " and ");

}  // namespace evolve
