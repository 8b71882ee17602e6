#include "core/ruleset/parameter_grid.hpp"

#include <gtest/gtest.h>

namespace evolve {
namespace {

const Ruleset& rules() {
    static const Ruleset ruleset = parse_ruleset(
        R"j({"entry": "sma(close, $fast) > sma(close, $slow)",
             "params": {"slow": 30, "fast": {"value": 5, "min": 2, "max": 20, "step": 3}}})j");
    return ruleset;
}

ParameterGrid grid_of(std::string_view text, std::size_t most_points = 1000) {
    return {rules(), text, Limits{}, most_points};
}

ErrorCode error_of(std::string_view text, std::size_t most_points = 1000) {
    try {
        (void)grid_of(text, most_points);
    } catch (const Error& error) {
        return error.code();
    }
    return ErrorCode::internal;
}

TEST(ParameterGrid, LastAxisVariesFastestAndListsKeepTheirOrder) {
    const ParameterGrid grid = grid_of(R"({"slow": [40, 30], "fast": {"from": 2, "to": 4, "step": 2}})");
    ASSERT_EQ(grid.size(), 4u);
    EXPECT_EQ(grid.values(0), R"({"fast": 2, "slow": 40})");
    EXPECT_EQ(grid.values(1), R"({"fast": 2, "slow": 30})");
    EXPECT_EQ(grid.values(3), R"({"fast": 4, "slow": 30})");
    EXPECT_EQ(grid.ruleset(2).parameters.at("fast").value, 4);
    EXPECT_EQ(grid.ruleset(2).parameters.at("slow").value, 40);
    // Nothing else of the ruleset changes.
    Ruleset same = grid.ruleset(2);
    same.parameters = rules().parameters;
    EXPECT_EQ(same, rules());
}

TEST(ParameterGrid, WithoutAGridEveryRangeIsSwept) {
    const ParameterGrid grid = grid_of("");
    ASSERT_EQ(grid.axes().size(), 1u);
    EXPECT_EQ(grid.axes()[0].values, (std::vector<double>{2, 5, 8, 11, 14, 17, 20}));
}

TEST(ParameterGrid, RangesHoldTheNumbersThatAreMeant) {
    const Ruleset decimals =
        parse_ruleset(R"j({"entry": "close > open", "stop_loss": {"pct": {"param": "stop"}}, "params": {"stop": 1}})j");
    const ParameterGrid tenths(decimals, R"({"stop": {"from": 0.1, "to": 1, "step": 0.1}})", {}, 1000);
    ASSERT_EQ(tenths.size(), 10u);
    EXPECT_EQ(tenths.axes()[0].values[2], 0.3);
    EXPECT_EQ(tenths.axes()[0].values[9], 1.0);
    // What does not divide ends before "to".
    const ParameterGrid uneven(decimals, R"({"stop": {"from": 1, "to": 2, "step": 0.3}})", {}, 1000);
    EXPECT_EQ(uneven.axes()[0].values, (std::vector<double>{1, 1.3, 1.6, 1.9}));
}

TEST(ParameterGrid, RefusesWhatCannotBeSwept) {
    EXPECT_EQ(error_of(R"({"other": [1]})"), ErrorCode::unknown_name);
    EXPECT_EQ(error_of(R"({"slow": [30, "31"]})"), ErrorCode::type_mismatch);
    EXPECT_EQ(error_of(R"({"slow": []})"), ErrorCode::type_mismatch);
    EXPECT_EQ(error_of(R"({"slow": {"from": 2, "to": 1, "step": 1}})"), ErrorCode::invalid_option);
    EXPECT_EQ(error_of(R"({"slow": {"from": 2, "to": 3, "step": -1}})"), ErrorCode::invalid_option);
    EXPECT_EQ(error_of(R"({"slow": [30.5]})"), ErrorCode::out_of_range);
    EXPECT_EQ(error_of(R"({"fast": [21]})"), ErrorCode::out_of_range);
    EXPECT_EQ(error_of(R"({"slow": [30, 31, 32], "fast": [2, 3]})", 5), ErrorCode::limit_exceeded);
    EXPECT_EQ(error_of(R"({"slow": {"from": 2, "to": 1e308, "step": 1e-308}})"), ErrorCode::limit_exceeded);
    EXPECT_EQ(grid_of(R"({"slow": [30, 31, 32], "fast": [2, 3]})", 6).size(), 6u);
}

// Each value is within its domain, but together they need more history than is allowed.
TEST(ParameterGrid, LooksAtTheGreatestValuesTogether) {
    const Ruleset nested =
        parse_ruleset(R"j({"entry": "sma(sma(close, $a), $b) > close", "params": {"a": 10, "b": 10}})j");
    const Limits limits{.lookback = 150};
    EXPECT_NO_THROW(ParameterGrid(nested, R"({"a": [100], "b": [20]})", limits, 10));
    EXPECT_THROW(ParameterGrid(nested, R"({"a": [10, 100], "b": [20, 100]})", limits, 10), Error);
}

TEST(ParameterGrid, StopsWhenAsked) {
    const Control stopped{.poll = []() noexcept { return true; }};
    EXPECT_THROW(ParameterGrid(rules(), R"({"slow": [30]})", Limits{}, 10, stopped), Error);
}

}  // namespace
}  // namespace evolve
