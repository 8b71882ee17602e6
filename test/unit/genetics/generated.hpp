// What the tests of genetics share: rulesets at random, and a second opinion on what a mutation says it changed.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/genetics/breed.hpp"
#include "core/ruleset/generate.hpp"

namespace evolve::test {

using nlohmann::json;

// The value at "$.entry.args[0]", made when it is not there.
inline json& at_path(json& document, const std::string& path) {
    json* place = &document;
    for (std::size_t i = 1; i < path.size();) {
        if (path[i] == '[') {
            const std::size_t end = path.find(']', i);
            place = &place->at(std::stoul(path.substr(i + 1, end - i - 1)));
            i = end + 1;
        } else {
            const std::size_t end = std::min(path.find_first_of(".[", i + 1), path.size());
            place = &(*place)[path.substr(i + 1, end - i - 1)];
            i = end;
        }
    }
    return *place;
}

inline void erase_path(json& document, const std::string& path) {
    const std::size_t dot = path.rfind('.');
    at_path(document, path.substr(0, dot)).erase(path.substr(dot + 1));
}

// The parent with every change written in; throws when an "old" is not what is there.
inline json with_changes(json parent, const json& changes) {
    for (const json& change : changes) {
        const std::string path = change.at("path");
        if (at_path(parent, path) != change.at("old")) throw std::runtime_error("old is wrong at " + path);
        if (change.at("new").is_null()) {
            erase_path(parent, path);
        } else {
            at_path(parent, path) = change.at("new");
        }
    }
    return parent;
}

inline std::vector<MarketKey> test_markets() {
    return {{"AAA", Timeframe::h1}, {"AAA", Timeframe::d1}, {"AAA", Timeframe::w1}, {"BBB", Timeframe::d1},
            {"BBB", Timeframe::h4}, {"CCC", Timeframe::d1}, {"CCC", Timeframe::m5}};
}

inline Parent as_parent(const Ruleset& ruleset, const std::string& id = "parent") {
    Parent parent{.id = id, .fingerprint = {}, .ruleset = canonical(ruleset)};
    parent.fingerprint = fingerprint(parent.ruleset);
    return parent;
}

// A canonical ruleset that also names symbols and a timeframe now and then.
inline Parent random_parent(Random& random) {
    Ruleset ruleset = random_ruleset(random, {.nodes = 10, .depth = 6, .parameter_chance = 0.3});
    ruleset.symbols.clear();
    for (const char* symbol : {"AAA", "BBB", "CCC"}) {
        if (random.chance(0.3)) ruleset.symbols.emplace_back(symbol);
    }
    if (!random.chance(0.5)) ruleset.timeframe.reset();
    return as_parent(ruleset);
}

}  // namespace evolve::test
