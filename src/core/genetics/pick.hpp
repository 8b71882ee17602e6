// Small things the mutations share.
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <vector>

#include "core/base/random.hpp"
#include "core/ruleset/language.hpp"

namespace evolve {

template <class T>
const T& pick(const std::vector<T>& items, Random& random) {
    return items[random.below(items.size())];
}

inline nlohmann::json replacement(std::string_view type, const std::string& path, nlohmann::json before,
                                  nlohmann::json after) {
    return {{"type", type}, {"path", path}, {"old", std::move(before)}, {"new", std::move(after)}};
}

}  // namespace evolve
