// Every convention of docs/backtest.md in a case small enough to check by hand. The volume column carries the signals:
// 1 long entry, 2 long exit, 4 short entry, 8 short exit, or sums of them.
#include <gtest/gtest.h>

#include <cmath>
#include <sstream>

#include "core/engine/simulate.hpp"
#include "core/ruleset/language.hpp"

namespace evolve {
namespace {

struct Row {
    double open, high, low, close, signal = 0;
};

Bars bars_of(const std::vector<Row>& rows) {
    Bars bars;
    for (std::size_t t = 0; t < rows.size(); ++t)
        bars.push_back({static_cast<Timestamp>(t) * microseconds_per_day, rows[t].open, rows[t].high, rows[t].low,
                        rows[t].close, rows[t].signal});
    return bars;
}

// A condition that is true where the volume has the bit.
Node has_bit(int bit) {
    Node either = Node::make(Op::logical_or, {});
    for (int value = 1; value < 16; ++value)
        if ((value & bit) != 0)
            either.args.push_back(Node::make(Op::equal, {Node::series("volume"), Node::number(value)}));
    return either;
}

Ruleset rules(Direction direction = Direction::both) {
    Ruleset ruleset;
    ruleset.direction = direction;
    ruleset.long_side = {has_bit(1), has_bit(2)};
    ruleset.short_side = {has_bit(4), has_bit(8)};
    return ruleset;
}

ExitLevel percent(double distance) {
    return {.kind = ExitLevel::Kind::percent, .distance = Node::number(distance), .period = Node::number(14)};
}
ExitLevel atr(double multiple, double period) {
    return {.kind = ExitLevel::Kind::atr, .distance = Node::number(multiple), .period = Node::number(period)};
}

BacktestOptions free_of_cost() {
    BacktestOptions options;
    options.fee_rate = 0;
    return options;
}

// "long 1@100-3@110 signal; …", open trades without reason.
std::string text(const Backtest& result) {
    std::ostringstream out;
    for (const Trade& trade : result.trades) {
        if (out.tellp() > 0) out << "; ";
        out << to_string(trade.side) << ' ' << trade.entry_bar << '@' << trade.entry_price << '-' << trade.exit_bar
            << '@' << trade.exit_price << ' ' << to_string(trade.exit_reason);
    }
    return out.str();
}

std::string run(const Ruleset& ruleset, const std::vector<Row>& rows, const BacktestOptions& options = free_of_cost()) {
    const Bars bars = bars_of(rows);
    return text(backtest(ruleset, bars.view(), options));
}

// Bars whose four prices are one.
std::vector<Row> steps(const std::vector<std::pair<double, double>>& price_and_signal) {
    std::vector<Row> rows;
    for (const auto& [price, signal] : price_and_signal) rows.push_back({price, price, price, price, signal});
    return rows;
}

TEST(Conventions, SignalsFillAtTheNextOpen) {
    const std::vector<Row> rows{{10, 12, 9, 11, 1}, {13, 14, 12, 12, 0}, {12, 12, 12, 12, 2}, {15, 16, 14, 16, 0}};
    EXPECT_EQ(run(rules(), rows), "long 1@13-3@15 signal");
    BacktestOptions at_close = free_of_cost();
    at_close.fill = Fill::close;
    EXPECT_EQ(run(rules(), rows, at_close), "long 0@11-2@12 signal");
}

TEST(Conventions, LastBar) {
    BacktestOptions at_close = free_of_cost();
    at_close.fill = Fill::close;
    EXPECT_EQ(run(rules(), steps({{10, 0}, {11, 1}})), "") << "an order that no bar fills is nothing";
    EXPECT_EQ(run(rules(), steps({{10, 0}, {11, 1}}), at_close), "long 1@11-1@11 open");
    EXPECT_EQ(run(rules(), steps({{10, 1}, {11, 0}, {12, 2}})), "long 1@11-2@12 open") << "no forced close";
}

TEST(Conventions, SignalsInTheSameDirectionAreIgnored) {
    EXPECT_EQ(run(rules(), steps({{10, 1}, {11, 1}, {12, 1}, {13, 2}, {14, 0}})), "long 1@11-4@14 signal");
    EXPECT_EQ(run(rules(), steps({{10, 1}, {11, 3}, {12, 0}, {13, 0}})), "long 1@11-2@12 signal")
        << "also on the bar of the exit signal";
    EXPECT_EQ(run(rules(), steps({{10, 2}, {11, 3}, {12, 0}})), "long 2@12-2@12 open")
        << "an exit signal while flat is nothing";
}

TEST(Conventions, LongWinsWhenBothEnter) {
    EXPECT_EQ(run(rules(), steps({{10, 5}, {11, 0}})), "long 1@11-1@11 open");
    EXPECT_EQ(run(rules(Direction::short_only), steps({{10, 5}, {11, 0}})), "short 1@11-1@11 open");
    EXPECT_EQ(run(rules(Direction::long_only), steps({{10, 4}, {11, 0}})), "");
}

TEST(Conventions, Reversal) {
    EXPECT_EQ(run(rules(), steps({{10, 1}, {11, 4}, {12, 0}, {13, 0}})),
              "long 1@11-2@12 reversal; short 2@12-3@13 open");
    EXPECT_EQ(run(rules(), steps({{10, 1}, {11, 6}, {12, 0}, {13, 0}})), "long 1@11-2@12 signal; short 2@12-3@13 open")
        << "the exit signal names the reason";
    EXPECT_EQ(run(rules(Direction::long_only), steps({{10, 1}, {11, 4}, {12, 0}})), "long 1@11-2@12 open");
    BacktestOptions at_close = free_of_cost();
    at_close.fill = Fill::close;
    EXPECT_EQ(run(rules(), steps({{10, 1}, {11, 5}, {12, 5}}), at_close),
              "long 0@10-1@11 reversal; short 1@11-2@12 reversal; long 2@12-2@12 open");
}

TEST(Conventions, StopsAndTargets) {
    Ruleset ruleset = rules();
    ruleset.stop_loss = percent(10);
    ruleset.take_profit = percent(20);
    const Row signal{100, 100, 100, 100, 1};
    EXPECT_EQ(run(ruleset, {signal, {100, 101, 99, 100}, {100, 110, 89, 95}}), "long 1@100-2@90 stop_loss");
    EXPECT_EQ(run(ruleset, {signal, {100, 101, 99, 100}, {100, 121, 95, 95}}), "long 1@100-2@120 take_profit");
    EXPECT_EQ(run(ruleset, {signal, {100, 101, 99, 100}, {85, 125, 80, 95}}), "long 1@100-2@85 stop_loss")
        << "a gap fills at the open; the stop goes first";
    EXPECT_EQ(run(ruleset, {signal, {100, 101, 99, 100}, {130, 131, 125, 130}}), "long 1@100-2@130 take_profit")
        << "a gap in favour";
    EXPECT_EQ(run(ruleset, {signal, {100, 101, 99, 100}, {130, 131, 85, 130}}), "long 1@100-2@90 stop_loss")
        << "stop before target, even from a gap";
    EXPECT_EQ(run(ruleset, {signal, {100, 101, 99, 100}, {95, 120, 90, 95}}), "long 1@100-2@90 stop_loss")
        << "touching is enough, stop first";
    EXPECT_EQ(run(ruleset, {signal, {100, 101, 89, 100}, {100, 100, 100, 100}}), "long 1@100-1@90 stop_loss")
        << "on the entry bar";
    BacktestOptions spared = free_of_cost();
    spared.stop_on_entry_bar = false;
    EXPECT_EQ(run(ruleset, {signal, {100, 125, 89, 100}, {100, 100, 100, 100}}, spared), "long 1@100-2@100 open");
    const Row short_signal{100, 100, 100, 100, 4};
    EXPECT_EQ(run(ruleset, {short_signal, {100, 101, 99, 100}, {100, 112, 70, 95}}), "short 1@100-2@110 stop_loss");
    EXPECT_EQ(run(ruleset, {short_signal, {100, 101, 99, 100}, {100, 105, 79, 95}}), "short 1@100-2@80 take_profit");
    EXPECT_EQ(run(ruleset, {short_signal, {100, 101, 99, 100}, {115, 120, 75, 95}}), "short 1@100-2@115 stop_loss");
}

TEST(Conventions, AMarketExitAtTheOpenGoesBeforeAStopOfThatBar) {
    Ruleset ruleset = rules();
    ruleset.stop_loss = percent(10);
    EXPECT_EQ(run(ruleset, {{100, 100, 100, 100, 1}, {100, 100, 100, 100, 2}, {85, 85, 80, 80}}),
              "long 1@100-2@85 signal");
    // With fills at the close, levels come first.
    BacktestOptions at_close = free_of_cost();
    at_close.fill = Fill::close;
    EXPECT_EQ(run(ruleset, {{100, 100, 100, 100, 1}, {100, 100, 80, 95, 2}}, at_close), "long 0@100-1@90 stop_loss");
    EXPECT_EQ(run(ruleset, {{100, 120, 50, 100, 1}, {100, 100, 95, 95, 0}}, at_close), "long 0@100-1@95 open")
        << "levels live from the next bar";
}

TEST(Conventions, AfterAStopANewSignalEnters) {
    Ruleset ruleset = rules();
    ruleset.stop_loss = percent(10);
    EXPECT_EQ(run(ruleset, {{100, 100, 100, 100, 1}, {100, 100, 85, 95, 1}, {96, 96, 96, 96}}),
              "long 1@100-1@90 stop_loss; long 2@96-2@96 open");
    BacktestOptions at_close = free_of_cost();
    at_close.fill = Fill::close;
    EXPECT_EQ(run(ruleset, {{100, 100, 100, 100, 1}, {100, 100, 85, 95, 1}, {96, 96, 96, 96}}, at_close),
              "long 0@100-1@90 stop_loss; long 1@95-2@96 open");
}

TEST(Conventions, TrailingStop) {
    Ruleset ruleset = rules();
    ruleset.trailing_stop = percent(10);
    const Row signal{100, 100, 100, 100, 1};
    EXPECT_EQ(run(ruleset, {signal, {100, 200, 50, 100}, {100, 100, 91, 95}, {95, 95, 90, 92}}),
              "long 1@100-3@90 trailing_stop")
        << "the entry bar neither stops nor raises the peak";
    EXPECT_EQ(run(ruleset, {signal, {100, 100, 100, 100}, {100, 120, 95, 118}, {118, 118, 107, 110}}),
              "long 1@100-3@108 trailing_stop")
        << "a bar's high counts from the next bar on";
    EXPECT_EQ(run(ruleset, {signal, {100, 100, 100, 100}, {100, 150, 95, 100}, {100, 140, 99, 100}}),
              "long 1@100-3@100 trailing_stop")
        << "gap";
    ruleset.stop_loss = percent(10);
    EXPECT_EQ(run(ruleset, {signal, {100, 100, 100, 100}, {100, 100, 85, 100}}), "long 1@100-2@90 stop_loss")
        << "equal: the fixed stop";
    EXPECT_EQ(run(ruleset, {signal, {100, 100, 100, 100}, {100, 110, 95, 100}, {100, 100, 95, 95}}),
              "long 1@100-3@99 trailing_stop")
        << "the higher one";
    EXPECT_EQ(run(ruleset, {{100, 100, 100, 100, 4}, {100, 100, 100, 100}, {100, 100, 80, 85}, {85, 90, 85, 90}}),
              "short 1@100-3@88 trailing_stop");
}

TEST(Conventions, AtrLevels) {
    Ruleset ruleset = rules();
    ruleset.stop_loss = atr(2, 2);
    // True ranges 4, 4, …: the ATR of two bars is known from bar 2 on.
    const Row wide{100, 102, 98, 100};
    Row signal = wide;
    signal.signal = 1;
    EXPECT_EQ(run(ruleset, {signal, signal, wide, wide}), "") << "no entry while the ATR is unknown";
    EXPECT_EQ(run(ruleset, {wide, wide, signal, wide, {100, 100, 91, 95}}), "long 3@100-4@92 stop_loss");
    EXPECT_EQ(run(ruleset, {wide, wide, signal, {100, 140, 95, 100}, {100, 100, 93, 95}, {95, 95, 92, 92}}),
              "long 3@100-5@92 stop_loss")
        << "the ATR is that of the signal's bar";
    ruleset.stop_loss = atr(25, 2);
    EXPECT_EQ(run(ruleset, {wide, wide, signal, wide, wide}), "") << "a stop at or below 0";
}

TEST(Conventions, MaxBars) {
    Ruleset ruleset = rules();
    ruleset.max_bars = Node::number(2);
    EXPECT_EQ(run(ruleset, steps({{10, 1}, {11, 0}, {12, 0}, {13, 0}, {14, 0}})), "long 1@11-3@13 max_bars");
    EXPECT_EQ(run(ruleset, steps({{10, 1}, {11, 0}, {12, 2}, {13, 0}, {14, 0}})), "long 1@11-3@13 signal")
        << "the signal names the reason";
    BacktestOptions at_close = free_of_cost();
    at_close.fill = Fill::close;
    EXPECT_EQ(run(ruleset, steps({{10, 1}, {11, 0}, {12, 0}, {13, 0}}), at_close), "long 0@10-2@12 max_bars");
}

TEST(Conventions, Cooldown) {
    Ruleset ruleset = rules();
    ruleset.cooldown_bars = Node::number(2);
    // Leaves on bar 3: the closes of bars 3 and 4 bring nothing, that of bar 5 does.
    EXPECT_EQ(run(ruleset, steps({{10, 1}, {11, 0}, {12, 2}, {13, 1}, {14, 1}, {15, 1}, {16, 0}})),
              "long 1@11-3@13 signal; long 6@16-6@16 open");
    EXPECT_EQ(run(ruleset, steps({{10, 1}, {11, 4}, {12, 0}, {13, 4}, {14, 4}, {15, 0}})),
              "long 1@11-2@12 reversal; short 5@15-5@15 open")
        << "no second leg";
    BacktestOptions at_close = free_of_cost();
    at_close.fill = Fill::close;
    EXPECT_EQ(run(ruleset, steps({{10, 1}, {11, 2}, {12, 1}, {13, 1}, {14, 0}}), at_close),
              "long 0@10-1@11 signal; long 3@13-4@14 open");
}

TEST(Conventions, Money) {
    BacktestOptions options;
    options.fee_rate = 0.01;
    options.slippage = 0.1;
    const Bars bars = bars_of(steps({{100, 1}, {100, 2}, {110, 0}, {110, 4}, {100, 8}, {90, 0}}));
    const Backtest result = backtest(rules(), bars.view(), options);
    ASSERT_EQ(result.trades.size(), 2u);
    const Trade& first = result.trades[0];
    EXPECT_DOUBLE_EQ(first.entry_price, 110);  // buying pays 10 percent more
    EXPECT_DOUBLE_EQ(first.exit_price, 99);    // selling gets 10 percent less
    EXPECT_DOUBLE_EQ(first.size, 10'000 / (110 * 1.01));
    EXPECT_DOUBLE_EQ(first.fees, 0.01 * first.size * (110 + 99));
    EXPECT_NEAR(first.pnl, (99 - 110) * first.size - first.fees, 1e-9);
    EXPECT_NEAR(first.return_fraction, first.pnl / (first.size * 110), 1e-15);
    EXPECT_DOUBLE_EQ(result.equity[0], 10'000);
    EXPECT_DOUBLE_EQ(result.equity[1], first.size * 100) << "all in leaves no cash";
    EXPECT_EQ(result.position[1], first.size);
    EXPECT_DOUBLE_EQ(result.equity[2], 10'000 + first.pnl);
    const Trade& second = result.trades[1];
    EXPECT_EQ(second.side, TradeSide::short_side);
    EXPECT_DOUBLE_EQ(second.entry_price, 90);
    EXPECT_DOUBLE_EQ(second.exit_price, 99);
    EXPECT_DOUBLE_EQ(second.size, result.equity[3] / (90 * 1.01)) << "the same formula";
    EXPECT_EQ(result.position[4], -second.size);
    EXPECT_NEAR(result.equity[4], result.equity[3] + (90 - 100) * second.size - 0.01 * second.size * 90, 1e-9);
    EXPECT_NEAR(result.equity[5], result.equity[3] + second.pnl, 1e-9);
}

TEST(Conventions, StopsPaySlippageTargetsDoNot) {
    BacktestOptions options = free_of_cost();
    options.slippage = 0.01;
    Ruleset ruleset = rules();
    ruleset.stop_loss = percent(10);
    ruleset.take_profit = percent(10);
    const Row signal{100, 100, 100, 100, 1}, calm{100, 100, 100, 100};
    const Bars down = bars_of({signal, calm, {100, 100, 80, 80}}), up = bars_of({signal, calm, {100, 120, 100, 120}});
    EXPECT_DOUBLE_EQ(backtest(ruleset, down.view(), options).trades.at(0).exit_price, 101 * 0.9 * 0.99);
    EXPECT_DOUBLE_EQ(backtest(ruleset, up.view(), options).trades.at(0).exit_price, 101 * (1 + 0.1));
}

TEST(Conventions, Sizing) {
    BacktestOptions options;
    const Bars bars = bars_of(steps({{100, 1}, {100, 0}, {200, 2}, {200, 0}}));
    Ruleset ruleset = rules();
    ruleset.sizing = Sizing{.kind = Sizing::Kind::fraction, .amount = Node::number(0.5)};
    EXPECT_DOUBLE_EQ(backtest(ruleset, bars.view(), options).trades.at(0).size, 5'000 / 100.1);
    options.sizing = Sizing{.kind = Sizing::Kind::units, .amount = Node::number(1'000)};
    const Backtest units = backtest(ruleset, bars.view(), options);
    EXPECT_EQ(units.trades.at(0).size, 1'000) << "the call's sizing wins; units are bought on credit";
    EXPECT_DOUBLE_EQ(units.equity.at(1), 10'000 - 100);
    options.sizing = Sizing{.kind = Sizing::Kind::fraction, .amount = Node::number(1)};
    EXPECT_EQ(backtest(ruleset, bars.view(), options).equity.at(1), 10'000 / 100.1 * 100)
        << "a fraction of 1 is all in";
}

TEST(Conventions, NoMoneyNoEntry) {
    // Short at 100, the price goes to 300: equity falls below 0 and nothing more can be bought, except by units.
    const std::vector<Row> rows = steps({{100, 4}, {100, 0}, {300, 8}, {300, 1}, {300, 0}, {300, 0}});
    EXPECT_EQ(run(rules(), rows), "short 1@100-3@300 signal");
    const Bars bars = bars_of(rows);
    const Backtest result = backtest(rules(), bars.view(), free_of_cost());
    EXPECT_DOUBLE_EQ(result.equity.back(), -10'000);
    BacktestOptions units = free_of_cost();
    units.sizing = Sizing{.kind = Sizing::Kind::units, .amount = Node::number(100)};
    EXPECT_EQ(run(rules(), rows, units), "short 1@100-3@300 signal; long 4@300-5@300 open");
}

TEST(Conventions, WhatCannotBeTradedIsNot) {
    EXPECT_EQ(run(rules(), steps({{0, 1}, {0, 0}, {1, 0}})), "") << "a price of 0";
    EXPECT_EQ(run(rules(), steps({{1e-320, 1}, {1e-320, 0}})), "") << "more units than numbers";
    Ruleset ruleset = rules();
    ruleset.stop_loss = percent(100);
    EXPECT_EQ(run(ruleset, steps({{10, 1}, {10, 0}})), "") << "a long's stop at 0";
    EXPECT_EQ(run(ruleset, steps({{10, 4}, {10, 0}})), "short 1@10-1@10 open") << "a short's stop at the double is one";
}

TEST(Conventions, UnknownIsNoSignal) {
    Ruleset ruleset;
    ruleset.long_side.entry = Node::make(
        Op::logical_not,
        {Node::make(Op::greater, {Node::make(Op::lag, {Node::series("close"), Node::number(2)}), Node::number(1e9)})});
    EXPECT_EQ(run(ruleset, steps({{10, 0}, {11, 0}, {12, 0}, {13, 0}})), "long 3@13-3@13 open")
        << "not unknown is unknown";
}

TEST(Options, AreChecked) {
    const Bars bars = bars_of(steps({{10, 0}}));
    const auto refused = [&](auto&& change) {
        BacktestOptions options;
        change(options);
        try {
            backtest(rules(), bars.view(), options);
        } catch (const Error& error) {
            return error.code() == ErrorCode::invalid_option;
        }
        return false;
    };
    const double nan = std::nan(""), infinite = INFINITY;
    EXPECT_FALSE(refused([](BacktestOptions&) {}));
    for (const double value : {0.0, -1.0, nan, infinite}) {
        EXPECT_TRUE(refused([=](BacktestOptions& o) { o.initial_capital = value; })) << value;
        EXPECT_TRUE(refused([=](BacktestOptions& o) { o.periods_per_year = value; })) << value;
        EXPECT_TRUE(refused([=](BacktestOptions& o) {
            o.sizing = Sizing{Sizing::Kind::units, Node::number(value)};
        })) << value;
        EXPECT_TRUE(refused([=](BacktestOptions& o) {
            o.sizing = Sizing{Sizing::Kind::fraction, Node::number(value)};
        })) << value;
    }
    for (const double value : {-0.1, 1.0, nan, infinite}) {
        EXPECT_TRUE(refused([=](BacktestOptions& o) { o.fee_rate = value; })) << value;
        EXPECT_TRUE(refused([=](BacktestOptions& o) { o.slippage = value; })) << value;
    }
    EXPECT_TRUE(refused([](BacktestOptions& o) { o.sizing = Sizing{Sizing::Kind::fraction, Node::number(1.01)}; }));
    EXPECT_TRUE(refused([](BacktestOptions& o) { o.sizing = Sizing{Sizing::Kind::units, Node::parameter("n")}; }));
    EXPECT_TRUE(refused([=](BacktestOptions& o) { o.risk_free = -1; }));
    EXPECT_TRUE(refused([=](BacktestOptions& o) { o.risk_free = nan; }));
    const std::vector<double> closes{1, 2};
    EXPECT_TRUE(refused([&](BacktestOptions& o) { o.benchmark = closes; }));
}

}  // namespace
}  // namespace evolve
