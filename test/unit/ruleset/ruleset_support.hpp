// What the tests of the language share.
#pragma once

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "core/ruleset/language.hpp"

namespace evolve::test {

// The error that `action` throws; the test fails when it throws none.
template <class Action>
std::optional<Error> error_of(Action&& action) {
    try {
        action();
    } catch (const Error& error) {
        return error;
    }
    ADD_FAILURE() << "no error";
    return std::nullopt;
}

inline std::string fingerprint_of(std::string_view json) { return fingerprint(parse_ruleset(json)); }

// Parameters named a, b and n with a range, for expressions that need some.
inline std::map<std::string, Parameter> some_parameters() {
    return {{"a", {.value = 3, .minimum = 2, .maximum = 9, .step = 1}},
            {"b", {.value = 2.5, .minimum = {}, .maximum = {}, .step = {}}},
            {"fast", {.value = 10, .minimum = 5, .maximum = 50, .step = 5}}};
}

}  // namespace evolve::test
