#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "core/genetics/walk.hpp"
#include "lifecycle/lab.hpp"
#include "support/golden_csv.hpp"

namespace evolve {
namespace {

using test::json;
using test::World;

World pulled_world(std::size_t bars = 1500) {
    World world;
    world.add("AAA", Timeframe::d1, test::wobbling_bars(11, bars, 0.2));
    return world;
}

json review_input(const World& world, json strategies, json policy = json::object()) {
    return {{"seed", 1},
            {"policy", std::move(policy)},
            {"markets", world.markets()},
            {"total_strategies", 500},
            {"strategies", std::move(strategies)}};
}

json one(const std::string& task, const std::string& status, json ruleset, int attempts = 0) {
    return {{"id", test::test_uuid(1)},
            {"task", task},
            {"status", status},
            {"ruleset", std::move(ruleset)},
            {"evolution_attempts", attempts}};
}

json run(const json& input, const World& world, unsigned threads = 1) {
    return json::parse(run_monitor_json(input.dump(), world.loader(), {.threads = threads}));
}

const json busy{{"entry", "close < close[1]"}, {"exit", "close > close[1]"}};
const json slow{{"entry", "close > max(high, 100)[1]"}, {"exit", "close < min(low, 100)[1]"}};
const json dips{{"entry", "close < sma(close, 10) * 0.98"}, {"exit", "close > sma(close, 10)"}};

std::vector<Timestamp> hourly(std::size_t count, std::int64_t minutes) {
    std::vector<Timestamp> ts;
    for (std::size_t i = 0; i < count; ++i) {
        ts.push_back(test::parse_golden_ts("2020-01-01") +
                     static_cast<Timestamp>(i) * minutes * 60 * microseconds_per_second);
    }
    return ts;
}

TEST(SanityWindowTest, IsTheLastMonthsOfTheSeries) {
    const auto days = hourly(366, 24 * 60);  // all of 2020
    const Range half_year = sanity_window(days, Timeframe::d1, {});
    EXPECT_EQ(days[half_year.first], test::parse_golden_ts("2020-07-01"));
    EXPECT_EQ(half_year.end(), 366u);
    const auto hours = hourly(366 * 24, 60);
    EXPECT_EQ(hours[sanity_window(hours, Timeframe::h1, {}).first], test::parse_golden_ts("2020-12-01"));
    const auto quarters = hourly(96 * 60, 15);
    EXPECT_EQ(quarters[sanity_window(quarters, Timeframe::m15, {}).first], test::parse_golden_ts("2020-02-01"));
    const auto minutes = hourly(1440 * 20, 1);
    EXPECT_EQ(minutes[sanity_window(minutes, Timeframe::m1, {}).first], test::parse_golden_ts("2020-01-14"));
    EXPECT_EQ(sanity_window(hourly(10, 24 * 60), Timeframe::d1, {}), (Range{0, 10}));
    EXPECT_EQ(sanity_window({}, Timeframe::d1, {}), (Range{0, 0}));
}

TEST(SanityTest, AcceptsWhatTradesAndRejectsWhatHardlyDoes) {
    const World world = pulled_world();
    const json good = run(review_input(world, {one("sanity", "pending_review", busy)}), world);
    EXPECT_EQ(good.at("reviews")[0].at("passed"), true);
    EXPECT_EQ(good.at("reviews")[0].at("new_status"), "experiment");
    EXPECT_TRUE(good.at("reviews")[0].at("reason").get<std::string>().starts_with("accepted: "));
    EXPECT_EQ(good.at("report").at("accepted"), 1);
    EXPECT_EQ(good.at("trials").size(), 1u);
    EXPECT_EQ(good.at("trials")[0].at("kind"), "sanity");
    EXPECT_NEAR(good.at("trials")[0].at("bars").get<double>(), 183, 2);
    const json bad = run(review_input(world, {one("sanity", "pending_review", slow)}), world);
    EXPECT_EQ(bad.at("reviews")[0].at("passed"), false);
    EXPECT_EQ(bad.at("reviews")[0].at("new_status"), "rejected");
    EXPECT_NE(bad.at("reviews")[0].at("reason").get<std::string>().find("(at least 10)"), std::string::npos);
}

TEST(SanityTest, SlowIndicatorsAreKnownAtTheStartOfTheWindow) {
    const World world = pulled_world();
    const json ruleset{{"entry", "close < sma(close, 180)"}, {"exit", "close > sma(close, 180)"}};
    const json output = run(review_input(world, {one("sanity", "pending_review", ruleset)}), world);
    EXPECT_EQ(output.at("reviews")[0].at("passed"), true) << output.at("reviews")[0].at("reason");
}

TEST(SanityTest, ThresholdsBothSides) {
    const World world = pulled_world();
    const json first = run(review_input(world, {one("sanity", "pending_review", busy)}), world);
    const std::int64_t trades = first.at("reviews")[0].at("metrics").at("total_trades");
    const double depth = -first.at("reviews")[0].at("metrics").at("max_drawdown").get<double>();
    const auto passes = [&](const json& policy) {
        return run(review_input(world, {one("sanity", "pending_review", busy)}, policy), world)
            .at("reviews")[0]
            .at("passed")
            .get<bool>();
    };
    EXPECT_TRUE(passes({{"sanity_min_trades", trades}}));
    EXPECT_FALSE(passes({{"sanity_min_trades", trades + 1}}));
    EXPECT_TRUE(passes({{"sanity_max_drawdown", depth}}));
    EXPECT_FALSE(passes({{"sanity_max_drawdown", depth - 1e-9}}));
}

TEST(SanityTest, WithoutBarsTheQuestionStaysOpen) {
    const World world = pulled_world();
    json elsewhere = busy;
    elsewhere["symbols"] = {"ZZZ"};
    const json output = run(review_input(world, {one("sanity", "pending_review", elsewhere)}), world);
    EXPECT_TRUE(output.at("reviews")[0].at("passed").is_null());
    EXPECT_EQ(output.at("reviews")[0].at("new_status"), "pending_review");
    EXPECT_TRUE(output.at("trials").empty());
}

TEST(RobustnessReviewTest, PromotesARobustCandidateThatMeetsTheThresholds) {
    const World world = pulled_world();
    // The planted edge, with thresholds it can meet.
    const json easy{{"proposable_min_score", 0},
                    {"proposable_min_test_win_rate", 0},
                    {"proposable_max_drawdown", 1},
                    {"proposable_min_profit_factor", 0},
                    {"proposable_win_path_min_win_rate", 0},
                    {"proposable_win_path_min_sharpe", -5}};
    const json output = run(review_input(world, {one("robustness", "candidate", dips, 1)}, easy), world);
    const json& review = output.at("reviews")[0];
    ASSERT_FALSE(review.at("robustness").is_null()) << review.at("reason");
    EXPECT_GE(review.at("robustness").at("score").get<double>(), 70) << review.dump();
    EXPECT_EQ(review.at("new_status"), "proposable") << review.at("reason");
    EXPECT_EQ(output.at("report").at("promoted"), 1);
    // Itself and its variants: two numbers of its own, each twice.
    EXPECT_GT(output.at("trials").size(), 4u);
    EXPECT_EQ(output.at("trials").size(), 1 + review.at("robustness").at("variants").get<std::size_t>());
    EXPECT_EQ(output.at("trials")[0].at("fingerprint"), review.at("fingerprint"));
    // An experiment stays what it is, and so does a candidate under the thresholds, or not robust enough.
    EXPECT_EQ(run(review_input(world, {one("robustness", "experiment", dips, 1)}, easy), world)
                  .at("reviews")[0]
                  .at("new_status"),
              "experiment");
    json strict = easy;
    strict["proposable_min_score"] = 1;
    EXPECT_EQ(run(review_input(world, {one("robustness", "candidate", dips, 1)}, strict), world)
                  .at("reviews")[0]
                  .at("new_status"),
              "candidate");
    json barely = easy;
    barely["robustness_promote"] = review.at("robustness").at("score");
    EXPECT_EQ(run(review_input(world, {one("robustness", "candidate", dips, 1)}, barely), world)
                  .at("reviews")[0]
                  .at("new_status"),
              "proposable");
    barely["robustness_promote"] = std::min(100.0, review.at("robustness").at("score").get<double>() + 1e-6);
    if (barely["robustness_promote"] < 100) {
        EXPECT_EQ(run(review_input(world, {one("robustness", "candidate", dips, 1)}, barely), world)
                      .at("reviews")[0]
                      .at("new_status"),
                  "candidate");
    }
}

TEST(RobustnessReviewTest, DiscardsTheFragileAfterEnoughEvaluations) {
    const World world = pulled_world();
    // The planted edge the wrong way round loses everywhere.
    const json wrong{{"entry", "close > sma(close, 10) * 1.01"}, {"exit", "close < sma(close, 10)"}};
    const auto after = [&](int attempts, const json& policy = json::object()) {
        return run(review_input(world, {one("robustness", "experiment", wrong, attempts)}, policy), world)
            .at("reviews")[0];
    };
    EXPECT_EQ(after(3).at("new_status"), "discarded");
    EXPECT_LT(after(3).at("robustness").at("score").get<double>(), 40);
    EXPECT_NE(after(3).at("reason").get<std::string>().find("after 3 evaluations (at least 3)"), std::string::npos);
    EXPECT_EQ(after(2).at("new_status"), "experiment");
    const std::int64_t trades = after(3).at("metrics").at("total_trades");
    const json few = after(3, {{"robustness_min_trades", trades + 1}});
    EXPECT_EQ(few.at("new_status"), "experiment");
    EXPECT_TRUE(few.at("robustness").is_null());
    EXPECT_TRUE(few.at("passed").is_null());
    EXPECT_EQ(after(3, {{"robustness_min_trades", trades}}).at("new_status"), "discarded");
    EXPECT_EQ(after(3, {{"robustness_discard_below", after(3).at("robustness").at("score")}}).at("new_status"),
              "experiment");
}

TEST(RobustnessReviewTest, TooFewTradesRunNoVariants) {
    const World world = pulled_world(400);
    const json output = run(review_input(world, {one("robustness", "experiment", slow, 5)}), world);
    EXPECT_EQ(output.at("trials").size(), 1u);
    EXPECT_EQ(output.at("report").at("robustness_checked"), 0);
}

TEST(ReviewTest, TheSameBytesOnAnyNumberOfThreadsInAnyOrder) {
    const World world = pulled_world();
    json strategies = json::array();
    int number = 1;
    for (const json& ruleset : test::ordinary_rulesets()) {
        json row = one(number % 2 == 0 ? "sanity" : "robustness", number % 2 == 0 ? "pending_review" : "candidate",
                       ruleset, 3);
        row["id"] = test::test_uuid(number++);
        strategies.push_back(std::move(row));
    }
    const std::string first = run_monitor_json(review_input(world, strategies).dump(), world.loader(), {.threads = 1});
    EXPECT_EQ(run_monitor_json(review_input(world, strategies).dump(), world.loader(), {.threads = 4}), first);
    std::reverse(strategies.begin(), strategies.end());
    EXPECT_EQ(run_monitor_json(review_input(world, strategies).dump(), world.loader(),
                               {.threads = 2, .memory_limit = 200'000}),
              first);
}

// With more copies than are made at a time.
TEST(ReviewTest, ManyTogetherGetWhatEachGetsAlone) {
    const World world = pulled_world(600);
    json strategies = json::array();
    for (int i = 0; i < 90; ++i) {
        json row = one("robustness", "candidate", dips, 3);
        row["ruleset"]["entry"] = "close < sma(close, " + std::to_string(i + 5) + ") * 0.99";
        row["id"] = test::test_uuid(i + 1);
        strategies.push_back(std::move(row));
    }
    const json together = run(review_input(world, strategies), world);
    EXPECT_GT(together.at("trials").size(), 300u);
    json reviews = json::array(), trials = json::array();
    for (const json& row : strategies) {
        const json alone = run(review_input(world, {row}), world);
        for (const json& review : alone.at("reviews")) reviews.push_back(review);
        for (const json& trial : alone.at("trials")) trials.push_back(trial);
    }
    const auto sorted = [](json rows) {
        std::stable_sort(rows.begin(), rows.end(),
                         [](const json& a, const json& b) { return a.at("strategy_id") < b.at("strategy_id"); });
        return rows;
    };
    EXPECT_EQ(sorted(together.at("reviews")), sorted(reviews));
    EXPECT_EQ(sorted(together.at("trials")), sorted(trials));
}

TEST(ReviewTest, TaskAndStatusGoTogether) {
    const World world = pulled_world(300);
    EXPECT_THROW(run(review_input(world, {one("sanity", "experiment", busy)}), world), Error);
    EXPECT_THROW(run(review_input(world, {one("robustness", "pending_review", busy)}), world), Error);
    EXPECT_THROW(run(review_input(world, {one("robustness", "proposable", busy)}), world), Error);
    EXPECT_THROW(run(review_input(world, {one("health", "candidate", busy)}), world), Error);
    json broken = one("sanity", "pending_review", {{"entry", "close >"}});
    EXPECT_TRUE(run(review_input(world, {broken}), world).at("reviews")[0].at("passed").is_null());
}

TEST(VariantsTest, MoveEveryNumberByAtLeastOneStep) {
    const Ruleset ruleset = canonical(parse_ruleset(
        R"_({"entry": "rsi(close, $n) < 30", "exit": "close > sma(close, $n)", "stop_loss": {"pct": 8}, "max_bars": 40,
             "params": {"n": {"value": 14, "min": 2, "max": 100, "step": 12}}})_"));
    const auto variants = shifted_variants(ruleset, {}, {});
    // n 13 and 15 (both places together, off its grid), 30 ± 5 %, 8 ± 5 %, 40 ± 2
    ASSERT_EQ(variants.size(), 8u);
    std::set<std::string> texts;
    for (const Ruleset& variant : variants) {
        EXPECT_NO_THROW(validate(variant));
        EXPECT_TRUE(variant.parameters.empty());
        texts.insert(to_json(variant, Form::text).dump());
    }
    EXPECT_EQ(texts.size(), 8u);
    const auto has = [&](const std::string& part) {
        return std::any_of(texts.begin(), texts.end(),
                           [&](const std::string& text) { return text.find(part) != std::string::npos; });
    };
    EXPECT_TRUE(has("sma(close, 13)") && has("sma(close, 15)") && has("rsi(close, 13)"));
    EXPECT_TRUE(has("28.5") && has("31.5") && has("7.6") && has("8.4"));
    EXPECT_TRUE(has("\"max_bars\":38") && has("\"max_bars\":42"));
    Policy few;
    few.robustness_max_variants = 3;
    EXPECT_EQ(shifted_variants(ruleset, few, {}).size(), 3u);
    EXPECT_TRUE(
        shifted_variants(canonical(parse_ruleset(R"({"entry": "close > open", "exit": "close < open"})")), {}, {})
            .empty());
}

}  // namespace
}  // namespace evolve
