// Every reference backtest, trade by trade: golden/backtest/CONVENTIONS.md.
#include <gtest/gtest.h>

#include <cstdio>

#include "support/golden_backtest.hpp"

namespace evolve::test {
namespace {

constexpr double price_tolerance = 1e-9, money_tolerance = 2e-6;

bool near(double actual, double expected, double relative) {
    return std::fabs(actual - expected) <= relative * std::max(std::fabs(expected), std::fabs(actual));
}

// All checks below are of the form "the first difference, or nothing".
std::string compare_signals(const GoldenCase& golden) {
    const BarsView bars = golden.series.bars.view();
    const auto column = [&](const std::optional<Node>& node) {
        return node ? evaluate_condition(*node, bars) : std::vector<std::int8_t>(bars.size(), 0);
    };
    const Ruleset& rules = golden.ruleset;
    const std::pair<const char*, std::vector<std::int8_t>> columns[] = {{"long_entry", column(rules.long_side.entry)},
                                                                        {"long_exit", column(rules.long_side.exit)},
                                                                        {"short_entry", column(rules.short_side.entry)},
                                                                        {"short_exit", column(rules.short_side.exit)}};
    for (const auto& [name, truths] : columns) {
        std::vector<bool> expected(bars.size(), false);
        for (std::size_t row = 0, bar = 0; row < golden.signals.rows(); ++row) {
            while (bar < bars.size() && bars.ts[bar] != golden.signals.ts[row]) ++bar;
            if (bar == bars.size()) return "a signal on no bar";
            expected[bar] = golden.signals[name][row] == 1;
        }
        // "The first bar" is written as always: see golden_rules.
        const std::size_t last = golden.summary.at("signals") == "sig_bh" ? 1 : bars.size();
        for (std::size_t bar = 0; bar < last; ++bar)
            if ((truths[bar] == 1) != expected[bar])
                return std::string(name) + " differs on bar " + std::to_string(bar);
    }
    return "";
}

std::string compare_trade(const Trade& trade, const GoldenTable& expected, std::size_t row) {
    const auto column = [&](const char* name) { return expected[name][row]; };
    if (to_string(trade.side) != expected.text("side")[row]) return "side";
    if (trade.entry_bar != static_cast<std::size_t>(column("entry_bar"))) return "entry bar";
    if (!near(trade.entry_price, column("entry_price"), price_tolerance)) return "entry price";
    if (!near(trade.size, column("size"), money_tolerance)) return "size";
    if (!near(trade.fees, column("fees"), money_tolerance)) return "fees";
    if (std::isnan(column("exit_bar"))) return trade.is_open() ? "" : "is not open";
    if (trade.is_open()) return "is open";
    if (trade.exit_bar != static_cast<std::size_t>(column("exit_bar"))) return "exit bar";
    if (!near(trade.exit_price, column("exit_price"), price_tolerance)) return "exit price";
    // Profit is a small difference of large sums: the reference's 1e-8 units are seen against the trade's value.
    if (std::fabs(trade.pnl - column("pnl")) >
        money_tolerance * std::fabs(column("pnl")) + 1e-9 * trade.size * trade.entry_price)
        return "pnl";
    return "";
}

// `list` has all trades, or all but the open one (backtesting.py).
std::string compare_trades(const GoldenTable& list, const nlohmann::json& figures, const Backtest& result) {
    std::size_t closed = 0;
    for (const Trade& trade : result.trades) closed += !trade.is_open();
    if (closed != figures.at("closed_trades").get<std::size_t>()) return std::to_string(closed) + " closed trades";
    if (list.rows() != closed && list.rows() != result.trades.size())
        return std::to_string(result.trades.size()) + " trades";
    for (std::size_t row = 0; row < list.rows(); ++row) {
        const std::string what = compare_trade(result.trades[row], list, row);
        if (!what.empty()) return "trade " + std::to_string(row + 1) + ": " + what;
    }
    return "";
}

// How far the reference's equity is from the conventions, as the makers of the data found.
double recorded_departure(const GoldenCase& golden) {
    return golden.summary.at("agreement").at(golden.engine + " vs convention restatement").at("max_equity_diff");
}

// backtesting.py books the fee of a fill at the close one bar late. The conventions mark after the fill (rule 3e), and
// so do vectorbt and the restatement of the conventions that the data was checked with.
std::vector<double> fees_booked_late(const GoldenCase& golden, const Backtest& result) {
    std::vector<double> late(result.equity.size(), 0);
    for (const Trade& trade : result.trades) {
        const double entry_fee = golden.options.fee_rate * trade.size * trade.entry_price;
        late[trade.entry_bar] += entry_fee;
        if (!trade.is_open()) late[trade.exit_bar] += trade.fees - entry_fee;
    }
    return late;
}

std::string compare_equity(const GoldenCase& golden, const Backtest& result, bool fees_are_late) {
    if (!near(result.equity.back(), golden.figures().at("final_equity"), money_tolerance)) return "final equity";
    if (!golden.equity) return "";
    const auto& expected = (*golden.equity)["equity"];
    if (expected.size() != result.equity.size()) return "length of the equity";
    const auto late = fees_are_late ? fees_booked_late(golden, result) : std::vector<double>(expected.size(), 0);
    double departure = 0;
    for (std::size_t bar = 0; bar < expected.size(); ++bar) {
        if (!near(result.equity[bar], expected[bar] - late[bar], money_tolerance))
            return "equity of bar " + std::to_string(bar);
        departure = std::max(departure, std::fabs(result.equity[bar] - expected[bar]));
    }
    if (fees_are_late && !near(departure, recorded_departure(golden), 1e-6)) return "another departure than recorded";
    return "";
}

TEST(GoldenBacktest, EveryCaseTradeByTrade) {
    EVOLVE_NEED_GOLDEN();
    std::size_t passed = 0, trades = 0, equities = 0, corrected = 0, second_opinions = 0;
    const auto names = golden_case_names();
    for (const std::string& name : names) {
        SCOPED_TRACE(name);
        const GoldenCase golden = read_golden_case(name);
        ASSERT_EQ(golden.series.bars.size(), golden.series.rows) << "rows are bar numbers";
        const Backtest result = backtest(golden.ruleset, golden.series.bars.view(), golden.options);
        const bool fees_are_late = golden.options.fill == Fill::close && golden.engine == "backtesting.py" &&
                                   recorded_departure(golden) > money_tolerance * result.equity.back();
        const std::string signals = compare_signals(golden),
                          list = compare_trades(golden.trades, golden.figures(), result),
                          equity = compare_equity(golden, result, fees_are_late);
        EXPECT_EQ(signals, "");
        EXPECT_EQ(list, "");
        EXPECT_EQ(equity, "");
        for (const auto& [engine, trades_of_engine] : golden.second_opinions) {
            EXPECT_EQ(compare_trades(trades_of_engine, golden.summary.at("engines").at(engine), result), "") << engine;
            ++second_opinions;
        }
        passed += signals.empty() && list.empty() && equity.empty();
        trades += golden.trades.rows();
        equities += golden.equity.has_value();
        corrected += fees_are_late;
    }
    std::printf(
        "golden backtests: %zu of %zu passed (%zu trades, %zu equity files, %zu of them after correcting fees that the "
        "reference books late)\n",
        passed, names.size(), trades, equities, corrected);
    std::printf("and %zu trade lists of second engines\n", second_opinions);
    EXPECT_EQ(second_opinions, 9u);
    EXPECT_EQ(corrected, 1u) << "only g14 departs";
    EXPECT_EQ(names.size(), 16u);
    EXPECT_EQ(passed, names.size());
}

}  // namespace
}  // namespace evolve::test
