// A population compiled together gives what its members give alone, whatever the threads and the memory.
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <mutex>

#include "core/engine/compile.hpp"
#include "core/engine/evaluate.hpp"
#include "core/engine/population.hpp"
#include "core/ruleset/language.hpp"
#include "random_cases.hpp"

namespace evolve::test {
namespace {

std::vector<Ruleset> random_population(Random& random, std::size_t count) {
    std::vector<Ruleset> population;
    while (population.size() < count) population.push_back(RandomRules(random).ruleset());
    return population;
}

std::vector<Backtest> together(std::span<const Ruleset> population, const BarsView& bars,
                               const BacktestOptions& options, const Control& control) {
    std::vector<Backtest> results(population.size());
    std::vector<std::atomic<int>> calls(population.size());
    backtest_many(population, bars, options, control, [&](std::size_t i, Backtest&& result) {
        ++calls.at(i);
        results.at(i) = std::move(result);
    });
    for (const auto& count : calls) EXPECT_EQ(count.load(), 1);
    return results;
}

std::size_t peak_of(std::span<const Ruleset> population, std::size_t bars) {
    const Program program = compile(population);
    return make_schedule(program, roots_of(program.rules), bars, 0).peak_bytes;
}

TEST(Population, EqualsItsMembersForAnyThreadsAndMemory) {
    for (std::size_t round = 0; round < 6; ++round) {
        Random random(31, round);
        const Bars bars = random_bars(random, 700);
        const auto population = random_population(random, 60);
        const BacktestOptions options = RandomRules(random).options();
        std::vector<Backtest> alone;
        std::size_t most = 0;
        for (const Ruleset& ruleset : population) {
            alone.push_back(backtest(ruleset, bars.view(), options));
            most = std::max(most, peak_of({&ruleset, 1}, bars.size()));
        }
        ASSERT_GT(peak_of(population, bars.size()), most) << "the small limit must split the population";
        for (const unsigned threads : {1u, 2u, 3u, 4u}) {
            // All at once; with comparisons first, in one part and in several; and one by one.
            for (const std::size_t limit : {std::size_t{256} << 20, 24 * most, 6 * most, most}) {
                const auto results = together(population, bars.view(), options,
                                              {.poll = nullptr, .threads = threads, .memory_limit = limit});
                for (std::size_t i = 0; i < population.size(); ++i)
                    ASSERT_EQ(difference(results[i], alone[i]), "")
                        << "ruleset " << i << ", " << threads << " threads, " << limit << " bytes";
            }
        }
    }
}

// Rules go over long series side by side; who trades at every bar fills the memory for journals and is run by itself.
TEST(Population, SideBySideEqualsOneByOne) {
    Random random(36);
    const Bars bars = random_bars(random, 13'000);
    for (const bool busy : {false, true}) {
        auto population = random_population(random, 40);
        for (std::size_t i = 0; busy && i < population.size(); i += 2)
            population[i] = parse_ruleset(R"j({"entry": "close > 0", "exit": "close > 0"})j");
        std::size_t trades = 0;
        const auto results = together(population, bars.view(), {}, {});
        for (std::size_t i = 0; i < population.size(); ++i) {
            ASSERT_EQ(difference(results[i], backtest(population[i], bars.view(), {})), "") << "ruleset " << i;
            trades += results[i].trades.size();
        }
        EXPECT_GT(trades, busy ? 120'000u : 5'000u);
    }
}

// Who takes out of the journals what has been read holds little memory, however many trades there are: all rules stay
// side by side to the end. Who leaves it there has some finished before others, so that not all journals are whole at
// the same time.
TEST(Population, JournalsAreNotAllWholeAtOnce) {
    struct Kept {
        std::size_t looks = 0, trades = 0, bytes = 0, most = 0;
    };
    class Taker : public Follower {
    public:
        Taker(bool takes, Kept& kept) : takes_(takes), kept_(kept) {}
        std::size_t look(Journal& journal) override {
            ++kept_.looks;
            if (!takes_) {
                keep(journal.trades.size() * sizeof(Trade) + journal.holdings.size() * sizeof(Holding));
                return 0;
            }
            const bool open = !journal.trades.empty() && journal.trades.back().is_open();
            const auto closed = journal.trades.end() - (open ? 1 : 0);
            kept_.trades += static_cast<std::size_t>(closed - journal.trades.begin());
            journal.trades.erase(journal.trades.begin(), closed);
            journal.holdings.clear();
            return 0;
        }
        void finish(Journal&& journal) override {
            kept_.trades += journal.trades.size();
            keep(0);
        }

    private:
        void keep(std::size_t bytes) {
            kept_.bytes += bytes - bytes_;
            kept_.most = std::max(kept_.most, kept_.bytes);
            bytes_ = bytes;
        }

        bool takes_;
        Kept& kept_;
        std::size_t bytes_ = 0;
    };
    constexpr std::size_t stretches = 25;
    Random random(37);
    const Bars bars = random_bars(random, stretches * 4096);
    const std::vector<Ruleset> population(12, parse_ruleset(R"j({"entry": "close > 0", "exit": "close > 0"})j"));
    for (const bool takes : {true, false}) {
        Kept kept;
        run_population(population, bars.view(), {}, {},
                       [&](std::size_t) { return std::make_unique<Taker>(takes, kept); });
        EXPECT_GT(kept.trades * sizeof(Trade), std::size_t{36} << 20);
        EXPECT_EQ(takes, kept.looks == population.size() * stretches);
        EXPECT_LT(kept.most, std::size_t{24} << 20);
        EXPECT_EQ(kept.bytes, 0u);
    }
}

// Averages that are only compared are made in parts, by several threads each in its own span of the bars; a ruleset
// alone has them whole.
TEST(Population, AveragesInPartsEqualWholeOnes) {
    Random random(35);
    const std::vector<std::string> names{"sma(close, 2)",  "sma(close, 17)",  "sma(close, 100)", "sma(high, 300)",
                                         "sma(low, 512)",  "sma(open, 1000)", "close",           "high",
                                         "sma(close, 64)", "sma(close, 9)[3]"};
    for (const std::size_t count : {40u, 2048u, 7000u, 8256u}) {
        const Bars bars = random_bars(random, count);
        std::vector<Ruleset> population;
        for (const std::string& a : names)
            for (const std::string& b : names) {
                population.push_back(parse_ruleset(R"j({"entry": ")j" + a + " > 60 and " + a + " crosses above " + b +
                                                   R"j(", "exit": "70 >= )j" + b + R"j("})j"));
                population.push_back(parse_ruleset(R"j({"entry": ")j" + a + " >= " + b + R"j(", "max_bars": 1})j"));
            }
        for (const unsigned threads : {1u, 2u, 3u}) {
            const auto results = together(population, bars.view(), {}, {.poll = nullptr, .threads = threads});
            for (std::size_t i = 0; i < population.size(); ++i)
                ASSERT_EQ(difference(results[i], backtest(population[i], bars.view(), {})), "")
                    << "ruleset " << i << ", " << count << " bars, " << threads << " threads";
        }
    }
}

// Indicators of one kind are made together, as many as there is memory for; a ruleset alone has only its own.
TEST(Population, ManyPeriodsTogetherEqualEachAlone) {
    Random random(36);
    const Bars bars = random_bars(random, 900);
    std::vector<Ruleset> population;
    for (int n = 2; n < 26; ++n) {
        const std::string period = std::to_string(n), other = std::to_string(3 * n % 23 + 2);
        population.push_back(parse_ruleset(R"j({"entry": "rsi(close, )j" + period + ") < 40 and ema(close, " + other +
                                           R"j() < tema(close, )j" + period + R"j()", "exit": "macd(close, 3, )j" +
                                           std::to_string(n + 2) + ", " + other + R"j().signal > 0 or adx()j" + other +
                                           R"j() > 40", "stop_loss": {"atr": 2, "period": )j" + period +
                                           R"j(}, "take_profit": {"atr": 3, "period": )j" + other + R"j(}})j"));
        population.push_back(parse_ruleset(R"j({"entry": "ema(ema(close, 5), )j" + period + ") > dema(close, " + other +
                                           R"j()", "exit": "plus_di()j" + period + ") < minus_di(" + other +
                                           R"j() or trix(close, )j" + period + R"j() < 0", "max_bars": 30})j"));
    }
    std::size_t most = 0;
    for (const Ruleset& ruleset : population) most = std::max(most, peak_of({&ruleset, 1}, bars.size()));
    for (const unsigned threads : {1u, 2u, 3u})
        for (const std::size_t limit : {std::size_t{256} << 20, 20 * most, 4 * most, most}) {
            const auto results =
                together(population, bars.view(), {}, {.poll = nullptr, .threads = threads, .memory_limit = limit});
            for (std::size_t i = 0; i < population.size(); ++i)
                ASSERT_EQ(difference(results[i], backtest(population[i], bars.view(), {})), "")
                    << "ruleset " << i << ", " << threads << " threads, " << limit << " bytes";
        }
}

TEST(Population, OneThatCannotFitIsAnError) {
    Random random(32);
    const Bars bars = random_bars(random, 1000);
    const Ruleset ruleset = parse_ruleset(R"j({"entry": "sma(close, 5) > sma(close, 20)"})j");
    const std::size_t needed = peak_of({&ruleset, 1}, bars.size());
    EXPECT_EQ(needed, 2 * 1000 * sizeof(double) + 16 * sizeof(std::uint64_t)) << "two columns and a bitmap";
    EXPECT_NO_THROW(backtest(ruleset, bars.view(), {}, {.poll = nullptr, .threads = 1, .memory_limit = needed}));
    try {
        backtest(ruleset, bars.view(), {}, {.poll = nullptr, .threads = 1, .memory_limit = needed - 1});
        FAIL() << "fits into too little";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::limit_exceeded);
        EXPECT_FALSE(error.hint().empty());
    }
    EXPECT_THROW(evaluate_series(parse_expression("sma(close, 5)"), bars.view(),
                                 {.poll = nullptr, .threads = 1, .memory_limit = 100}),
                 Error);
}

TEST(Population, EmptyOnes) {
    Random random(33);
    const Bars bars = random_bars(random, 10), none;
    backtest_many({}, bars.view(), {}, {}, [](std::size_t, Backtest&&) { FAIL(); });
    const Ruleset ruleset = parse_ruleset(R"j({"entry": "close > 0"})j");
    const Backtest result = backtest(ruleset, none.view(), {});
    EXPECT_TRUE(result.trades.empty());
    EXPECT_TRUE(result.equity.empty());
    EXPECT_TRUE(evaluate_series(parse_expression("close"), none.view()).empty());
    EXPECT_TRUE(evaluate_condition(parse_expression("close > 1"), none.view()).empty());
}

TEST(Population, ErrorsOfConsumersAndRulesArrive) {
    Random random(34);
    const Bars bars = random_bars(random, 50);
    const Ruleset ruleset = parse_ruleset(R"j({"entry": "close > 0"})j");
    const std::vector<Ruleset> population(5, ruleset);
    EXPECT_THROW(backtest_many(population, bars.view(), {}, {.poll = nullptr, .threads = 3, .memory_limit = 1 << 20},
                               [](std::size_t i, Backtest&&) {
                                   if (i == 3) throw Error(ErrorCode::internal, "the consumer's");
                               }),
                 Error);
    Ruleset unknown = ruleset;
    unknown.long_side.entry = Node::make(Op::greater, {Node::series("turnover"), Node::number(1)});
    EXPECT_THROW(backtest(unknown, bars.view(), {}), Error);
}

std::size_t count_steps(const Program& program, Step::Kind kind) {
    return static_cast<std::size_t>(std::count_if(program.steps.begin(), program.steps.end(),
                                                  [kind](const Step& step) { return step.kind == kind; }));
}

Program compiled(const std::vector<std::string>& rules) {
    std::vector<Ruleset> population;
    for (const std::string& text : rules) population.push_back(parse_ruleset(text));
    return compile(population);
}

TEST(Compile, EveryDistinctComputationOnce) {
    using Kind = Step::Kind;
    {  // one call for all lines of an indicator, however often it is named
        const Program program = compiled(
            {R"j({"entry": "macd(close, 12, 26, 9) > macd(close, 12, 26, 9).signal", "exit": "macd(close, 12, 26, 9).histogram < 0"})j",
             R"j({"entry": "macd(close, 12, 26, 9).signal > 0", "params": {"f": 12}})j"});
        EXPECT_EQ(program.calls.size(), 1u);
        EXPECT_EQ(count_steps(program, Kind::output), 3u);
    }
    {  // a parameter is its value
        const Program program = compiled({R"j({"entry": "sma(close, $n) > close", "params": {"n": 20}})j",
                                          R"j({"entry": "close < sma(close, 20)"})j"});
        EXPECT_EQ(program.calls.size(), 1u);
        EXPECT_EQ(count_steps(program, Kind::greater), 1u);
        EXPECT_EQ(program.rules[0].long_entry, program.rules[1].long_entry);
    }
    {  // `not` is the other polarity: not (a > b) is a <= b is b >= a
        const Program program = compiled({R"j({"entry": "not (close > open)"})j", R"j({"entry": "close <= open"})j",
                                          R"j({"entry": "open >= close"})j"});
        EXPECT_EQ(program.rules[0].long_entry, program.rules[1].long_entry);
        EXPECT_EQ(program.rules[0].long_entry, program.rules[2].long_entry);
    }
    {  // De Morgan comes for free
        const Program program = compiled(
            {R"j({"entry": "not (close > open or volume > 5)"})j", R"j({"entry": "close <= open and volume <= 5"})j"});
        EXPECT_EQ(program.rules[0].long_entry, program.rules[1].long_entry);
    }
    {  // a cross shares its comparison with the plain rule; commuted sums are one
        const Program program = compiled(
            {R"j({"entry": "sma(close, 5) crosses above sma(close, 9)", "exit": "sma(close, 5) > sma(close, 9)"})j",
             R"j({"entry": "open + close > 10"})j", R"j({"entry": "close + open > 10"})j"});
        EXPECT_EQ(count_steps(program, Kind::greater), 2u);
        EXPECT_EQ(count_steps(program, Kind::add), 1u);
        EXPECT_EQ(program.rules[1].long_entry, program.rules[2].long_entry);
    }
    {  // a lag of both sides is a shift of bits
        const Program program =
            compiled({R"j({"entry": "close[3] > open[3]"})j", R"j({"entry": "(close > open)[3]"})j"});
        EXPECT_EQ(program.rules[0].long_entry, program.rules[1].long_entry);
        EXPECT_EQ(count_steps(program, Kind::lagged), 0u);
    }
    {  // the past of a constant is the constant
        Ruleset lagged = parse_ruleset(R"j({"entry": "close > 10"})j");
        const Ruleset plain = lagged;
        lagged.long_side.entry->args[1] = Node::make(Op::lag, {Node::number(10), Node::number(3)});
        const Program program = compile(std::vector<Ruleset>{plain, lagged});
        EXPECT_EQ(program.rules[0].long_entry, program.rules[1].long_entry);
    }
    {  // constants fold; what trades the same is the same rule
        const Program program = compiled({R"j({"entry": "close > 2 * 3 + 4"})j", R"j({"entry": "close > 10"})j"});
        EXPECT_EQ(program.rules[0].long_entry, program.rules[1].long_entry);
    }
}

std::atomic<int> polls_left;

TEST(Population, StopsWhenAsked) {
    Random random(35);
    const Bars bars = random_bars(random, 40'000);
    const Ruleset ruleset = parse_ruleset(
        R"j({"entry": "sma(close, 5) crosses above sma(close, 20)", "exit": "rsi(close, 14) > 70", "trailing_stop": {"pct": 30}})j");
    const auto poll = []() noexcept { return --polls_left <= 0; };
    polls_left = 1 << 30;
    const Control counted{.poll = poll, .threads = 1, .memory_limit = 256 << 20};
    backtest(ruleset, bars.view(), {}, counted);
    const int needed = (1 << 30) - polls_left;
    ASSERT_GT(needed, 10);
    for (int after = 1; after <= needed; after += 1 + needed / 100) {  // at whichever poll it happens
        polls_left = after;
        try {
            backtest(ruleset, bars.view(), {}, counted);
            FAIL() << "went on after poll " << after;
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ErrorCode::interrupted);
        }
    }
}

}  // namespace
}  // namespace evolve::test
