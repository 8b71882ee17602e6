// The metrics of the reference backtests against what the reference engines and empyrical say of them.
#include "metrics_support.hpp"
#include "support/golden_backtest.hpp"

namespace evolve::test {
namespace {

constexpr double tolerance = 2e-6;  // the reference trades whole multiples of 1e-8 units: CONVENTIONS.md

// Plain sums over the reference's own trade list and equity, for columns that no program reports.
struct FromLists {
    std::size_t losers = 0, held_bars = 0;
    double traded = 0, entry_fee_of_open = 0;

    FromLists(const GoldenCase& golden, std::size_t bars) {
        const GoldenTable& list = golden.trades;
        for (std::size_t row = 0; row < list.rows(); ++row) {
            const bool open = std::isnan(list["exit_bar"][row]);
            const double size = list["size"][row];
            losers += !open && list["pnl"][row] < 0;
            held_bars += (open ? bars : static_cast<std::size_t>(list["exit_bar"][row])) -
                         static_cast<std::size_t>(list["entry_bar"][row]);
            traded += size * list["entry_price"][row] + (open ? 0 : size * list["exit_price"][row]);
            if (open) entry_fee_of_open = list["fees"][row];
        }
    }
};

struct Underwater {
    std::size_t bars = 0;
    Timestamp duration = 0;
};

// From each high to the first bar that is as high again, or to the last bar, the slow way.
Underwater longest_underwater(const std::vector<double>& equity, const BarsView& bars) {
    Underwater longest;
    double high = 0;
    for (std::size_t p = 0; p + 1 < equity.size(); ++p) {
        if (equity[p] < high) continue;
        high = equity[p];
        if (equity[p + 1] >= high) continue;
        std::size_t r = p + 1;
        while (r + 1 < equity.size() && equity[r] < high) ++r;
        longest.bars = std::max(longest.bars, r - p);
        longest.duration = std::max(longest.duration, bars.ts[r] - bars.ts[p]);
    }
    return longest;
}

double largest_fall(const std::vector<double>& equity) {
    double high = equity.front(), fall = 0;
    for (const double value : equity) {
        high = std::max(high, value);
        fall = std::max(fall, high - value);
    }
    return fall;
}

void check_trades(const GoldenCase& golden, const Metrics& m, const FromLists& lists) {
    const auto& figures = golden.figures();
    const auto check = [&](const char* column, double expected) {
        Tally::get().check(column, value_of(m, column), expected, tolerance, golden.engine);
    };
    const double closed = figures.at("closed_trades"), won = figures.at("gross_profit"),
                 lost = figures.at("gross_loss");
    const double win_rate = golden_number(figures.at("win_rate"));
    const double winners = closed > 0 ? std::round(win_rate * closed) : 0, losers = static_cast<double>(lists.losers);
    check("total_trades", closed);
    check("winning_trades", winners);
    check("losing_trades", losers);
    check("win_rate", win_rate);
    check("profit_factor", golden_number(figures.at("profit_factor_money")));
    check("expectancy", closed > 0 ? (won + lost) / closed : undefined);
    check("avg_win", winners > 0 ? won / winners : undefined);
    check("avg_loss", losers > 0 ? lost / losers : undefined);
    check("payoff_ratio", (won / winners) / -(lost / losers));
    check("fees_paid", figures.at("total_fees_closed").get<double>() + lists.entry_fee_of_open);
    if (!figures.contains("native_stats")) return;
    const auto& native = figures.at("native_stats");
    if (golden.engine == "backtesting.py") {
        check("sqn", golden_number(native.at("SQN")));
        check("kelly_fraction", golden_number(native.at("Kelly Criterion")));
    }
}

// empyrical's figures of an engine's equity.
void check_returns(const std::string& engine, const nlohmann::json& figures, const Metrics& m) {
    const auto check = [&](const char* column, const char* key) {
        Tally::get().check(column, value_of(m, column), golden_number(figures.at(key)), tolerance, engine + " " + key);
    };
    check("final_equity", "final_equity");
    check("total_return", "total_return");
    check("max_drawdown", "max_drawdown_empyrical");
    check("sharpe_ratio", "sharpe_empyrical");
    check("sortino_ratio", "sortino_empyrical");
    check("cagr", "annual_return_empyrical");
}

void check_equity(const GoldenCase& golden, const Metrics& m, const FromLists& lists, bool fees_are_late) {
    if (!golden.equity || fees_are_late) return;
    const auto& equity = (*golden.equity)["equity"];
    const BarsView bars = golden.series.bars.view();
    const auto check = [&](const char* column, double expected) {
        Tally::get().check(column, value_of(m, column), expected, tolerance, golden.engine + "'s lists");
    };
    const double years = static_cast<double>(bars.size() - 1) / golden.options.periods_per_year;
    const bool lists_open_trades = golden.trades.rows() == golden.figures().at("closed_trades").get<std::size_t>() +
                                                               golden.figures().at("open_trades").get<std::size_t>() &&
                                   golden.engine != "backtesting.py";
    if (lists_open_trades) {
        check("exposure", static_cast<double>(lists.held_bars) / static_cast<double>(bars.size()));
        check("turnover", lists.traded / mean(equity) / years);
    }
    check("recovery_factor", (equity.back() - golden.options.initial_capital) / largest_fall(equity));
    const Underwater underwater = longest_underwater(equity, bars);
    check("max_drawdown_bars", static_cast<double>(underwater.bars));
    const auto& figures = golden.figures();
    if (figures.contains("native_stats") && figures.at("native_stats").contains("Max. Drawdown Duration")) {
        // "584 days 00:00:00": the slow search above finds what the engine reports.
        const std::string text = figures.at("native_stats").at("Max. Drawdown Duration");
        int days = 0, hours = 0, minutes = 0, seconds = 0;
        ASSERT_EQ(std::sscanf(text.c_str(), "%d days %d:%d:%d", &days, &hours, &minutes, &seconds), 4) << text;
        EXPECT_EQ(underwater.duration / microseconds_per_second, ((days * 24L + hours) * 60 + minutes) * 60 + seconds);
    }
}

TEST(Oracles, ReferenceBacktests) {
    EVOLVE_NEED_GOLDEN();
    for (const std::string& name : golden_case_names()) {
        SCOPED_TRACE(name);
        const GoldenCase golden = read_golden_case(name);
        const BarsView bars = golden.series.bars.view();
        const Backtest result = backtest(golden.ruleset, bars, golden.options);
        const Metrics m = compute_metrics(result, bars, golden.options);
        FromLists lists(golden, bars.size());
        // backtesting.py does not list the open trade: its entry fee is ours.
        if (golden.engine == "backtesting.py" && !result.trades.empty() && result.trades.back().is_open())
            lists.entry_fee_of_open = result.trades.back().fees;
        // backtesting.py books fees of fills at the close a bar late (golden_backtest_test.cpp): vectorbt speaks for
        // g14.
        const bool fees_are_late = golden.options.fill == Fill::close && golden.engine == "backtesting.py";
        check_trades(golden, m, lists);
        const std::string speaker = fees_are_late ? "vectorbt" : golden.engine;
        check_returns(speaker, golden.summary.at("engines").at(speaker), m);
        check_equity(golden, m, lists, fees_are_late);
        const auto check = [&](const char* column, double expected) {
            Tally::get().check(column, value_of(m, column), expected, 0, "the series");
        };
        check("bars", golden.summary.at("rows"));
        check("first_ts", static_cast<double>(bars.ts.front()));
        check("last_ts", static_cast<double>(bars.ts.back()));
    }
}

// Last of all: what was held against an oracle.
class Summary : public testing::Environment {
    void TearDown() override {
        if (Tally::get().counts().empty()) return;
        std::size_t columns = 0;
        int passed = 0, total = 0;
        std::string failed, missing;
        for (const MetricField& field : metric_fields()) {
            const auto place = Tally::get().counts().find(std::string(field.name));
            if (place == Tally::get().counts().end()) {
                missing += " " + std::string(field.name);
                continue;
            }
            columns += place->second.first == place->second.second;
            if (place->second.first != place->second.second) failed += " " + std::string(field.name);
            passed += place->second.first;
            total += place->second.second;
        }
        std::printf("metric columns held against oracles: %zu of %zu passed, %d of %d figures\n", columns,
                    metric_fields().size(), passed, total);
        if (!failed.empty()) std::printf("failed:%s\n", failed.c_str());
        if (!missing.empty()) std::printf("not compared:%s\n", missing.c_str());
    }
};

[[maybe_unused]] const testing::Environment* const summary = testing::AddGlobalTestEnvironment(new Summary);

}  // namespace
}  // namespace evolve::test
