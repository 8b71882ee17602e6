#include "core/metrics/metric_option.hpp"

#include <gtest/gtest.h>

#include <array>
#include <nlohmann/json.hpp>

namespace evolve {
namespace {

MetricSet wanted(std::string options) { return take_metric_option(options); }

TEST(MetricOption, SaysWhatIsWanted) {
    EXPECT_EQ(wanted("{}"), every_metric);
    EXPECT_EQ(wanted(R"({"metrics": "all"})"), every_metric);
    EXPECT_EQ(wanted(R"({"metrics": null})"), every_metric);
    EXPECT_EQ(wanted(R"({"metrics": "basic"})"), basic_metrics());
    constexpr std::array<std::string_view, 2> names{"sharpe_ratio", "total_trades"};
    EXPECT_EQ(wanted(R"({"metrics": ["total_trades", "sharpe_ratio"]})"), metric_set(names));
}

TEST(MetricOption, LeavesTheOtherOptions) {
    std::string options = R"({"fee_rate": 0.25, "metrics": "basic", "fill": "close"})";
    (void)take_metric_option(options);
    EXPECT_EQ(nlohmann::json::parse(options), nlohmann::json::parse(R"({"fee_rate": 0.25, "fill": "close"})"));
    // What is no object is for the reader of the options to refuse.
    options = R"(["metrics"])";
    EXPECT_EQ(take_metric_option(options), every_metric);
    EXPECT_EQ(options, R"(["metrics"])");
}

TEST(MetricOption, RefusesWhatItDoesNotKnow) {
    for (const char* const text :
         {R"({"metrics": "some"})", R"({"metrics": []})", R"({"metrics": [1]})", R"({"metrics": 1})"})
        EXPECT_THROW(wanted(text), Error) << text;
    try {
        (void)wanted(R"({"metrics": ["nope"]})");
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::unknown_name);
    }
}

}  // namespace
}  // namespace evolve
