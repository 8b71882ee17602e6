#include <gtest/gtest.h>

#include <algorithm>
#include <mutex>
#include <set>
#include <thread>

#include "core/lifecycle/cycle_json.hpp"
#include "core/validation/split.hpp"
#include "lifecycle/cycle_lab.hpp"

namespace evolve {
namespace {

using test::grown_up_input;
using test::json;
using test::of_strategy;
using test::Population;
using test::run;
using test::three_symbols;
using test::World;

TEST(CycleTest, TheSameBytesOnAnyNumberOfThreadsInAnyOrder) {
    json input = grown_up_input();
    const std::string first = run_cycle_json(input.dump(), three_symbols().loader(), {}, {.threads = 1});
    for (const unsigned threads : {2u, 4u}) {
        EXPECT_EQ(run_cycle_json(input.dump(), three_symbols().loader(), {}, {.threads = threads}), first);
    }
    std::reverse(input["population"].begin(), input["population"].end());
    std::rotate(input["population"].begin(), input["population"].begin() + 3, input["population"].end());
    std::reverse(input["markets"].begin(), input["markets"].end());
    EXPECT_EQ(run_cycle_json(input.dump(), three_symbols().loader(), {}, {.threads = 2}), first);
    // Little memory: in several batches, the same again.
    EXPECT_EQ(run_cycle_json(input.dump(), three_symbols().loader(), {}, {.threads = 2, .memory_limit = 150'000}),
              first);
    EXPECT_NE(run_cycle_json(grown_up_input(6).dump(), three_symbols().loader(), {}, {}), first);
    EXPECT_GT(json::parse(first).at("children").size(), 5u);
}

TEST(CycleTest, EachSeriesIsLoadedOnceOnTheCallingThread) {
    World world;
    world.add("AAA", Timeframe::d1, test::wobbling_bars(1, 300, 0.05));
    world.add("BBB", Timeframe::d1, test::wobbling_bars(2, 300, 0.05));
    const json input = [&] {
        json made = grown_up_input();
        made["markets"] = world.markets();
        return made;
    }();
    const auto caller = std::this_thread::get_id();
    const SeriesLoader inner = world.loader();
    const SeriesLoader loader = [&](const Market& market) {
        EXPECT_EQ(std::this_thread::get_id(), caller);
        return inner(market);
    };
    const KnownFingerprint known = [&](const std::string&) {
        EXPECT_EQ(std::this_thread::get_id(), caller);
        return false;
    };
    run_cycle_json(input.dump(), loader, known, {.threads = 4});
    for (const auto& [series, loads] : world.loads()) EXPECT_EQ(loads, 1) << series;
    EXPECT_EQ(world.loads().size(), 2u);
}

TEST(CycleTest, MeasuresAreThoseOfBacktestsByHand) {
    json input = grown_up_input();
    input["population"][1]["ruleset"]["symbols"] = {"CCC"};  // rsi
    input["options"] = {{"fee_rate", 0.002}, {"initial_capital", 500}};
    const json output = run(input);
    const Market market{"", "CCC", Timeframe::d1};
    const BarsView bars = three_symbols().loader()(market);
    BacktestOptions options;
    options.fee_rate = 0.002;
    options.initial_capital = 500;
    options.periods_per_year = periods_per_year(bars, Timeframe::d1);
    const Backtest alone = backtest(parse_ruleset(input["population"][1]["ruleset"].dump()), bars, options);
    const json& row = of_strategy(output.at("evaluations"), 2);
    EXPECT_EQ(row.at("metrics"), to_json(compute_metrics(alone, bars, options)));
    const Split split = train_test_split(bars.size(), 0.7);
    EXPECT_EQ(row.at("train_metrics"), to_json(compute_metrics(alone, bars, options, 0, split.train.count)));
    EXPECT_EQ(row.at("test_metrics"),
              to_json(compute_metrics(alone, bars, options, split.test.first, split.test.count)));
    EXPECT_EQ(row.at("per_symbol_performance"), json({{"CCC", row.at("metrics")}}));
    EXPECT_EQ(row.at("generalized"), false);
    json all = row.at("metrics");
    all["walk_forward"] = row.at("walk_forward");
    all["monte_carlo"] = row.at("monte_carlo");
    EXPECT_DOUBLE_EQ(score_from_metrics(all), row.at("score").get<double>());
    EXPECT_EQ(row.at("monte_carlo").at("resamples"), 1000);
}

TEST(CycleTest, RowsOfTheLedgerAreOnePerStrategyAndSeries) {
    const json output = run(grown_up_input());
    EXPECT_EQ(output.at("trials").size(), 30u);  // ten strategies on three daily series
    EXPECT_EQ(output.at("backtests").size(), 30u);
    for (std::size_t i = 0; i < 30; ++i) {
        const json &trial = output.at("trials")[i], &backtest = output.at("backtests")[i];
        EXPECT_EQ(trial.at("strategy_id"), backtest.at("strategy_id"));
        EXPECT_EQ(trial.at("symbol"), backtest.at("symbol"));
        EXPECT_EQ(trial.at("sharpe_ratio"), backtest.at("metrics").at("sharpe_ratio"));
        EXPECT_EQ(trial.at("kind"), "evaluation");
        EXPECT_EQ(trial.at("bars"), trial.at("symbol") == "AAA" ? 900 : trial.at("symbol") == "BBB" ? 700 : 800);
        const json& evaluation =
            of_strategy(output.at("evaluations"), 0 + std::stoi(trial.at("strategy_id").get<std::string>().substr(24)));
        EXPECT_EQ(trial.at("fingerprint"), evaluation.at("fingerprint"));
        EXPECT_EQ(evaluation.at("per_symbol_performance").at(trial.at("symbol").get<std::string>()),
                  backtest.at("metrics"));
    }
}

TEST(CycleTest, WithoutDataNothingIsDecided) {
    json input = grown_up_input();
    input["population"][0]["ruleset"]["symbols"] = {"ZZZ"};
    input["population"][2]["ruleset"] = {{"entry", "close > "}};
    const json output = run(input);
    for (const int number : {1, 3}) {
        const json& row = of_strategy(output.at("evaluations"), number);
        EXPECT_EQ(row.at("no_data"), true);
        EXPECT_EQ(row.at("status"), "experiment");
        EXPECT_EQ(row.at("evolution_attempts"), 3);
        EXPECT_DOUBLE_EQ(row.at("score").get<double>(), 0.1 * number);
        EXPECT_TRUE(row.at("metrics").is_null());
        EXPECT_FALSE(row.at("problem").get<std::string>().empty());
    }
    EXPECT_TRUE(of_strategy(output.at("evaluations"), 3).at("fingerprint").is_null());
    EXPECT_EQ(output.at("report").at("evaluated"), 8);
    // A series that turns out to be empty is no data either.
    World hollow;
    hollow.add("AAA", Timeframe::d1, {});
    json empty = grown_up_input();
    empty["markets"] = hollow.markets();
    EXPECT_EQ(run(empty, hollow).at("report").at("evaluated"), 0);
}

TEST(CycleTest, OnlyTheBatchIsEvaluated) {
    json input = grown_up_input();
    for (std::size_t i = 4; i < 10; ++i) input["population"][i]["evaluate"] = false;
    const json output = run(input);
    EXPECT_EQ(output.at("evaluations").size(), 4u);
    EXPECT_EQ(output.at("report").at("evaluated"), 4);
    for (const json& row : output.at("evaluations")) EXPECT_EQ(row.at("evolution_attempts"), 4);
    input["population"][0]["status"] = "pending_review";
    EXPECT_THROW(run(input), Error);
}

TEST(CycleTest, ARulesetsOwnTimeframeIsUsed) {
    json input = grown_up_input();
    input["population"][0]["ruleset"]["timeframe"] = "4h";
    const json output = run(input);
    for (const json& row : output.at("backtests")) {
        EXPECT_EQ(row.at("timeframe"), row.at("strategy_id") == test::test_uuid(1) ? "4h" : "1d");
    }
}

TEST(CycleTest, WithoutSymbolsAtMostSoManySeries) {
    json input = grown_up_input();
    input["policy"] = {{"max_symbols", 2}};
    input["population"][3]["ruleset"]["symbols"] = {"CCC", "BBB", "AAA"};
    const json output = run(input);
    EXPECT_EQ(of_strategy(output.at("evaluations"), 1).at("per_symbol_performance").size(), 2u);
    EXPECT_TRUE(of_strategy(output.at("evaluations"), 1).at("per_symbol_performance").contains("AAA"));
    EXPECT_EQ(of_strategy(output.at("evaluations"), 4).at("per_symbol_performance").size(), 3u);
}

TEST(CycleTest, TheExchangeWithMostBarsGivesTheSeries) {
    World world;
    world.add("AAA", Timeframe::d1, test::wobbling_bars(1, 200, 0.05), "small");
    world.add("AAA", Timeframe::d1, test::wobbling_bars(1, 400, 0.05), "large");
    json input = grown_up_input();
    input["markets"] = world.markets();
    const json output = run(input, world);
    for (const json& row : output.at("backtests")) EXPECT_EQ(row.at("exchange"), "large");
}

TEST(CycleTest, ChildrenTellWhereTheyComeFrom) {
    const json input = grown_up_input();
    const json output = run(input);
    std::map<std::string, json> members;
    for (const json& row : input.at("population")) members[row.at("id")] = row;
    std::set<std::string> fingerprints, ids;
    for (const json& row : output.at("evaluations")) fingerprints.insert(row.at("fingerprint").get<std::string>());
    ASSERT_FALSE(output.at("children").empty());
    for (const json& child : output.at("children")) {
        EXPECT_TRUE(fingerprints.insert(child.at("fingerprint").get<std::string>()).second);
        EXPECT_TRUE(ids.insert(child.at("id").get<std::string>()).second);
        const Ruleset ruleset = parse_ruleset(child.at("ruleset").dump());
        EXPECT_EQ(fingerprint(ruleset), child.at("fingerprint"));
        const json& first = members.at(child.at("parents")[0].at("id"));
        EXPECT_EQ(child.at("user_id"), first.at("user_id"));
        EXPECT_EQ(child.at("asset_type"), first.at("asset_type"));
        EXPECT_EQ(child.at("name"),
                  first.at("name").get<std::string>() + " #" + child.at("fingerprint").get<std::string>().substr(0, 6));
        EXPECT_TRUE(child.at("reason").get<std::string>().starts_with("bred because")) << child.at("reason");
        double weights = 0;
        for (const json& parent : child.at("parents")) {
            EXPECT_TRUE(members.contains(parent.at("id")));
            weights += parent.at("weight").get<double>();
        }
        EXPECT_DOUBLE_EQ(weights, 1);
        EXPECT_EQ(child.at("mutation_type") == "crossover", child.at("parents").size() == 2);
    }
    // Known fingerprints are not bred.
    const std::string unwanted = output.at("children")[0].at("fingerprint");
    const json other = json::parse(run_cycle_json(input.dump(), three_symbols().loader(),
                                                  [&](const std::string& hash) { return hash == unwanted; }, {}));
    for (const json& child : other.at("children")) EXPECT_NE(child.at("fingerprint"), unwanted);
}

TEST(CycleTest, WhoBreeds) {
    json input = grown_up_input();
    for (json& row : input["population"]) row["evolution_attempts"] = 0;
    const auto children_of = [](const json& output, const std::string& name) {
        return std::count_if(output.at("children").begin(), output.at("children").end(), [&](const json& child) {
            return child.at("reason").get<std::string>().find("\"" + name + "\"") != std::string::npos;
        });
    };
    const auto loses = [](const json& row) { return row.at("metrics").at("win_rate").get<double>() < 0.6; };
    const json young = run(input);
    for (json& row : input["population"]) row["evolution_attempts"] = 2;
    const json older = run(input);
    int checked = 0;
    for (int number = 1; number <= 10; ++number) {
        const json& row = of_strategy(young.at("evaluations"), number);
        if (row.at("status") == "discarded") continue;
        ++checked;
        const std::string name = "Plan " + std::to_string(number);
        EXPECT_EQ(children_of(young, name), loses(row) ? 1 : 0) << name;
        EXPECT_EQ(children_of(older, name), loses(row) ? 2 : 1) << name;
    }
    EXPECT_GT(checked, 5);
}

TEST(CycleTest, NoMoreChildrenThanTheNextCycleCanEvaluate) {
    json input = grown_up_input();
    input["policy"] = {{"batch_size", 3}};
    EXPECT_EQ(run(input).at("children").size(), 3u);
    // Two who wait for their first evaluation take places of children.
    for (const std::size_t i : {0u, 1u}) {
        input["population"][i]["score"] = nullptr;
        input["population"][i]["evaluate"] = false;
    }
    EXPECT_EQ(run(input).at("children").size(), 1u);
    input["policy"] = {{"max_active", 8}};
    EXPECT_EQ(run(input).at("children").size(), 2u);
    input["policy"] = {{"newcomer_share", 0}};
    EXPECT_EQ(run(input).at("children").size(), 0u);
    // Proposables are not culled: children only get what they leave of the cap.
    json full = grown_up_input();
    for (json& row : full["population"]) row["status"] = "proposable";
    full["policy"] = {{"max_active", 12},
                      {"proposable_keep_min_trades", 0},
                      {"proposable_keep_min_win_rate", 0},
                      {"proposable_keep_min_sharpe", -99},
                      {"proposable_keep_min_score", 0},
                      {"proposable_keep_max_drawdown", 1}};
    EXPECT_EQ(run(full).at("children").size(), 2u);
}

TEST(CapTest, TheWorstGoFirstAndSomeAreSafe) {
    // Nobody is evaluated; scores are as given.
    json input = grown_up_input();
    const std::vector<double> scores{0.50, 0.10, 0.90, 0.30, 0.20, 0.60, 0.70, 0.80, 0.40, 0.05};
    for (std::size_t i = 0; i < 10; ++i) {
        input["population"][i]["score"] = scores[i];
        input["population"][i]["evaluate"] = false;
    }
    input["population"][9]["status"] = "proposable";
    input["policy"] = {{"max_active", 6}};
    const auto gone = [](const json& output) {
        std::set<int> numbers;
        for (const json& transition : output.at("transitions")) {
            EXPECT_EQ(transition.at("to"), "discarded");
            numbers.insert(std::stoi(transition.at("strategy_id").get<std::string>().substr(24)));
        }
        return numbers;
    };
    const json output = run(input);
    EXPECT_EQ(gone(output), (std::set<int>{2, 4, 5, 9}));  // 0.10 0.30 0.20 0.40; the proposable with 0.05 stays
    EXPECT_EQ(output.at("report").at("discarded"), 4);
    const json& reason = of_strategy(output.at("transitions"), 2).at("reason");
    EXPECT_EQ(reason, "discarded: over the limit of 6 active strategies, fitness 0.100 is number 9 of 10");
    // One who was never evaluated waits in peace, and takes a place.
    input["population"][2]["score"] = nullptr;
    EXPECT_EQ(gone(run(input)), (std::set<int>{2, 4, 5, 9}));
    input["policy"] = {{"max_active", 10}};
    EXPECT_TRUE(gone(run(input)).empty());
    // But however many wait, half of the places remain for those with a score.
    for (const std::size_t i : {0u, 2u, 5u, 6u, 7u}) input["population"][i]["score"] = nullptr;
    input["policy"] = {{"max_active", 6}};
    EXPECT_EQ(gone(run(input)), (std::set<int>{2, 5}));
    // The elite stays even when there is hardly any room.
    for (std::size_t i = 0; i < 10; ++i) input["population"][i]["score"] = scores[i];
    input["policy"] = {{"max_active", 1}, {"elite_share", 0.2}};
    EXPECT_EQ(gone(run(input)), (std::set<int>{1, 2, 4, 5, 6, 7, 9}));
}

TEST(CycleTest, TransitionsAgreeWithEvaluationsAndReport) {
    // Thresholds that move things: everyone is promoted or discarded somehow.
    json input = grown_up_input();
    for (std::size_t i = 0; i < 10; ++i) {
        input["population"][i]["status"] = i % 3 == 0 ? "experiment" : i % 3 == 1 ? "candidate" : "proposable";
        input["population"][i]["evolution_attempts"] = i == 0 ? 9 : 4;
    }
    input["policy"] = {{"max_active", 7}};
    const json output = run(input);
    std::map<std::string, json> moved;
    std::int64_t promoted = 0, demoted = 0, discarded = 0;
    const std::vector<std::string> order{"experiment", "candidate", "proposable"};
    const auto rank = [&](const json& status) { return std::find(order.begin(), order.end(), status) - order.begin(); };
    for (const json& transition : output.at("transitions")) {
        EXPECT_TRUE(moved.emplace(transition.at("strategy_id"), transition).second);
        EXPECT_TRUE(transition_allowed(*parse_status(transition.at("from").get<std::string>()),
                                       *parse_status(transition.at("to").get<std::string>())));
        EXPECT_FALSE(transition.at("reason").get<std::string>().empty());
        if (transition.at("to") == "discarded") {
            ++discarded;
        } else {
            ++(rank(transition.at("to")) > rank(transition.at("from")) ? promoted : demoted);
        }
    }
    EXPECT_FALSE(moved.empty());
    EXPECT_EQ(output.at("report").at("promoted"), promoted);
    EXPECT_EQ(output.at("report").at("demoted"), demoted);
    EXPECT_EQ(output.at("report").at("discarded"), discarded);
    EXPECT_EQ(output.at("report").at("bred"), output.at("children").size());
    for (const json& row : output.at("evaluations")) {
        const auto found = moved.find(row.at("strategy_id"));
        EXPECT_EQ(row.at("status"), found == moved.end() ? row.at("previous_status") : found->second.at("to"));
        EXPECT_EQ(row.at("is_active"), row.at("status") != "discarded");
        EXPECT_EQ(row.at("is_proposable"), row.at("status") == "proposable");
    }
}

struct Told {
    std::string part;
    std::size_t done, total;
};
std::mutex told_lock;       // Report is a plain function: what it hears is kept here
std::vector<Told> told_of;  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)

TEST(CycleTest, TellsHowFarItIs) {
    told_of.clear();
    Control control{.threads = 2, .memory_limit = 150'000};  // several batches
    control.report = [](const char* part, std::size_t done, std::size_t total) noexcept {
        const std::lock_guard hold(told_lock);
        told_of.push_back({part, done, total});
    };
    const json output = json::parse(run_cycle_json(grown_up_input().dump(), three_symbols().loader(), {}, control));
    const std::size_t evaluated = output.at("evaluations").size();
    std::set<std::size_t> tested;
    std::size_t bred = 0, most = 0;
    for (const Told& told : told_of) {
        if (told.part == "testing") {
            EXPECT_EQ(told.total, evaluated);
            tested.insert(told.done);
        } else {
            ASSERT_EQ(told.part, "breeding");
            EXPECT_EQ(tested.size(), evaluated + 1) << "first all are tested, 0 to all of them";
            EXPECT_GE(told.done, bred);
            bred = told.done;
            most = told.total;
        }
    }
    EXPECT_GT(most, 0u);
    EXPECT_LE(output.at("children").size(), most);
    EXPECT_GE(bred + 1, output.at("children").size());
}

TEST(CycleTest, StopsWhenAsked) {
    Control control;
    control.poll = []() noexcept { return true; };
    try {
        run_cycle_json(grown_up_input().dump(), three_symbols().loader(), {}, control);
        FAIL() << "not interrupted";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::interrupted);
    }
}

}  // namespace
}  // namespace evolve
