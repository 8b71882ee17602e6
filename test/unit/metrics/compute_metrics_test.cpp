// compute_metrics on backtests made by hand: every column, every edge, slices.
#include <cstdint>
#include <ctime>

#include "core/base/random.hpp"
#include "metrics_support.hpp"
#include "support/watched.hpp"

namespace evolve::test {
namespace {

std::vector<std::string> undefined_columns(const Metrics& metrics) {
    std::vector<std::string> names;
    for (const MetricField& field : metric_fields())
        if (field.number != nullptr && std::isnan(metrics.*field.number)) names.emplace_back(field.name);
    return names;
}

// Everything below that is undefined without returns.
const std::vector<std::string>& trade_columns() {
    static const std::vector<std::string> names{"win_rate", "profit_factor", "expectancy", "avg_win",
                                                "avg_loss", "payoff_ratio",  "sqn",        "kelly_fraction"};
    return names;
}

Trade closed(std::size_t entry, std::size_t exit, double size, double from, double to, double fee_rate) {
    Trade trade;
    trade.exit_reason = ExitReason::signal;
    trade.entry_bar = entry;
    trade.exit_bar = exit;
    trade.entry_price = from;
    trade.exit_price = to;
    trade.size = size;
    trade.fees = fee_rate * (size * from) + fee_rate * (size * to);
    trade.pnl = (to - from) * size - trade.fees;
    return trade;
}

TEST(Metrics, FieldsAreTheDocumentedOnesInOrder) {
    const std::vector<std::string> expected{"first_ts",
                                            "last_ts",
                                            "bars",
                                            "final_equity",
                                            "total_return",
                                            "cagr",
                                            "volatility",
                                            "sharpe_ratio",
                                            "sortino_ratio",
                                            "calmar_ratio",
                                            "omega_ratio",
                                            "max_drawdown",
                                            "max_drawdown_bars",
                                            "ulcer_index",
                                            "total_trades",
                                            "winning_trades",
                                            "losing_trades",
                                            "win_rate",
                                            "profit_factor",
                                            "expectancy",
                                            "avg_win",
                                            "avg_loss",
                                            "payoff_ratio",
                                            "sqn",
                                            "kelly_fraction",
                                            "var_95",
                                            "cvar_95",
                                            "tail_ratio",
                                            "skewness",
                                            "kurtosis",
                                            "t_stat",
                                            "p_value",
                                            "recovery_factor",
                                            "exposure",
                                            "turnover",
                                            "fees_paid",
                                            "alpha",
                                            "beta",
                                            "information_ratio"};
    std::vector<std::string> actual;
    for (const MetricField& field : metric_fields()) {
        actual.emplace_back(field.name);
        EXPECT_NE(field.number == nullptr, field.count == nullptr) << field.name;
    }
    EXPECT_EQ(actual, expected);
}

TEST(Metrics, EveryColumnIsDocumented) {
    const std::string page = read_text(std::string(EVOLVE_SOURCE_DIR) + "/docs/metrics.md");
    for (const MetricField& field : metric_fields())
        EXPECT_NE(page.find("`" + std::string(field.name) + "`"), std::string::npos) << field.name;
}

TEST(Metrics, NoBars) {
    const Metrics metrics = compute_metrics({}, {}, {});
    EXPECT_EQ(metrics.bars, 0);
    const auto json = to_json(metrics);
    EXPECT_EQ(json.size(), metric_fields().size());
    EXPECT_TRUE(json.at("first_ts").is_null());
    EXPECT_TRUE(json.at("final_equity").is_null());
    EXPECT_EQ(json.at("total_trades"), 0);
    EXPECT_TRUE(json.at("fees_paid").is_null());
}

TEST(Metrics, OneBarHasNoReturn) {
    const Metrics metrics = made_of_returns({}, 252).metrics();
    EXPECT_EQ(metrics.bars, 1);
    EXPECT_EQ(metrics.final_equity, 10'000);
    EXPECT_EQ(metrics.fees_paid, 0);
    EXPECT_EQ(metrics.exposure, 0);
    for (const char* name :
         {"total_return", "cagr", "volatility", "max_drawdown", "ulcer_index", "var_95", "turnover", "p_value"})
        EXPECT_TRUE(std::isnan(value_of(metrics, name))) << name;
}

TEST(Metrics, OneReturn) {
    const Metrics metrics = made_of_returns({0.01}, 252).metrics();
    EXPECT_NEAR(metrics.total_return, 0.01, 1e-15);
    EXPECT_EQ(metrics.max_drawdown, 0);
    EXPECT_NEAR(metrics.var_95, -0.01, 1e-15);
    for (const char* name : {"cagr", "volatility", "sharpe_ratio", "calmar_ratio", "omega_ratio", "skewness",
                             "kurtosis", "t_stat", "p_value", "recovery_factor"})
        EXPECT_TRUE(std::isnan(value_of(metrics, name))) << name;
}

TEST(Metrics, FlatEquityWithoutTrades) {
    const Metrics metrics = made_of_returns(std::vector<double>(20, 0.0), 252).metrics();
    for (const char* name : {"total_return", "cagr", "volatility", "max_drawdown", "ulcer_index", "var_95", "cvar_95",
                             "exposure", "turnover", "fees_paid"})
        EXPECT_EQ(value_of(metrics, name), 0) << name;
    std::vector<std::string> expected{"sharpe_ratio", "sortino_ratio", "calmar_ratio", "omega_ratio"};
    expected.insert(expected.end(), trade_columns().begin(), trade_columns().end());
    for (const char* name : {"tail_ratio", "skewness", "kurtosis", "t_stat", "p_value", "recovery_factor", "alpha",
                             "beta", "information_ratio"})
        expected.emplace_back(name);
    EXPECT_EQ(undefined_columns(metrics), expected);
    EXPECT_EQ(metrics.max_drawdown_bars, 0);
}

TEST(Metrics, ConstantGrowthHasNoDeviation) {
    for (const double r : {0.01, 0.0001, 0.3, -0.02}) {
        const Metrics metrics = made_of_returns(std::vector<double>(50, r), 252).metrics();
        EXPECT_EQ(metrics.volatility, 0) << r;
        for (const char* name : {"sharpe_ratio", "skewness", "kurtosis", "t_stat", "p_value"})
            EXPECT_TRUE(std::isnan(value_of(metrics, name))) << name << r;
    }
    EXPECT_EQ(standard_deviation(std::vector<double>(5'000'000, 0.1)), 0);
    EXPECT_GT(standard_deviation(std::vector<double>{1e-9, -1e-9, 1e-9}), 0) << "small, but no rounding";
}

TEST(Metrics, NothingIsEverInfinite) {
    // 50 percent a minute for an hour, annualised.
    const Metrics metrics =
        made_of_returns(std::vector<double>(60, 0.5), 525'600, std::vector<double>(60, 0.001)).metrics();
    EXPECT_TRUE(std::isnan(metrics.cagr));
    for (const MetricField& field : metric_fields())
        if (field.number != nullptr) {
            EXPECT_FALSE(std::isinf(metrics.*field.number)) << field.name;
        }
}

TEST(Metrics, Ruin) {
    Made made = made_of_returns(std::vector<double>(5, 0.0), 252);
    made.backtest.equity = {10'000, 11'000, -500, 3'000, 12'000, 13'000};  // a short that comes back, too late
    const Metrics metrics = made.metrics();
    EXPECT_EQ(metrics.final_equity, 13'000) << "the raw number";
    EXPECT_EQ(metrics.total_return, -1);
    EXPECT_EQ(metrics.cagr, -1);
    EXPECT_EQ(metrics.max_drawdown, -1);
    EXPECT_EQ(metrics.max_drawdown_bars, 4);
    EXPECT_EQ(metrics.calmar_ratio, -1);
    EXPECT_NEAR(metrics.cvar_95, 1, 1e-15);
    EXPECT_NEAR(metrics.recovery_factor, 3'000.0 / 11'500, 1e-15) << "money is money";
    EXPECT_NEAR(metrics.volatility, standard_deviation(std::vector<double>{0.1, -1, 0, 0, 0}) * std::sqrt(252.0),
                1e-12);
    // A slice that begins ruined has nothing more to lose.
    const Metrics later = compute_metrics(made.backtest, made.bars.view(), made.options, 3, 3);
    EXPECT_EQ(later.total_return, 0);
    EXPECT_EQ(later.max_drawdown, 0);
    EXPECT_EQ(later.final_equity, 13'000);
}

TEST(Metrics, Drawdowns) {
    const auto check = [](const std::vector<double>& equity, double deepest, std::size_t longest) {
        const Drawdowns found = drawdowns(equity.front(), std::span(equity).subspan(1));
        EXPECT_NEAR(found.deepest, deepest, 1e-15);
        EXPECT_EQ(found.longest, longest);
    };
    check({100, 110, 120}, 0, 0);
    check({100, 80, 90, 100, 90}, -0.2, 3);  // the base is the first peak; recovered after three, one open
    check({100, 120, 60, 119, 130, 120, 125}, -0.5, 3);
    check({100, 120, 110, 110, 110, 110}, -1.0 / 12, 4);  // to the end
    check({100, 100, 100, 99, 100}, -0.01, 2);            // an equal high moves the peak on
    const Drawdowns found = drawdowns(100, std::vector<double>{80, 100, 200, 170});
    EXPECT_NEAR(found.deepest, -0.2, 1e-15);
    EXPECT_EQ(found.deepest_money, 30);
    EXPECT_NEAR(found.mean_square, (0.04 + 0.15 * 0.15) / 4, 1e-15);
}

TEST(Metrics, RiskFreeRateIsTheThresholdOfAll) {
    const std::vector<double> returns{0.01, -0.02, 0.03, 0.005, -0.001};
    Made made = made_of_returns(returns, 12);
    made.options.risk_free = 0.06;
    const double monthly = std::pow(1.06, 1.0 / 12) - 1;
    const Metrics metrics = made.metrics();
    double above = 0, below = 0, square = 0, total = 0;
    for (const double r : returns) {
        total += r - monthly;
        (r > monthly ? above : below) += std::fabs(r - monthly);
        if (r < monthly) square += (r - monthly) * (r - monthly);
    }
    EXPECT_NEAR(metrics.omega_ratio, above / below, 1e-12);
    EXPECT_NEAR(metrics.sharpe_ratio, total / 5 / standard_deviation(returns) * std::sqrt(12.0), 1e-11);
    EXPECT_NEAR(metrics.sortino_ratio, total / 5 * 12 / (std::sqrt(square / 5) * std::sqrt(12.0)), 1e-11);
}

TEST(Metrics, BenchmarkWithHoles) {
    Made made = made_of_returns({0.01, -0.02, 0.03, 0.005, -0.001}, 252, {0.02, -0.01, 0.01, 0.02, 0});
    made.benchmark[3] = undefined;  // takes the returns into and out of that bar with it
    const Metrics metrics = made.metrics();
    const std::vector<double> ours{0.01, -0.02, -0.001}, theirs{0.02, -0.01, 0};
    const Regression line = regress(ours, theirs);
    EXPECT_NEAR(metrics.beta, line.beta, 1e-12);
    EXPECT_NEAR(metrics.alpha, std::pow(1 + line.alpha, 252) - 1, 1e-10);
    EXPECT_NEAR(metrics.information_ratio, information_ratio(ours, theirs, 252), 1e-10);
    made.benchmark.assign(6, undefined);
    EXPECT_TRUE(std::isnan(made.metrics().beta));
    made.benchmark.assign(6, 7.0);
    EXPECT_TRUE(std::isnan(made.metrics().beta)) << "a benchmark that does not move";
    EXPECT_TRUE(std::isnan(made.metrics().alpha));
    EXPECT_NEAR(made.metrics().information_ratio, made.metrics().sharpe_ratio, 1e-12);
    made.benchmark = made.backtest.equity;
    EXPECT_NEAR(made.metrics().beta, 1, 1e-12);
    EXPECT_NEAR(made.metrics().alpha, 0, 1e-12);
    EXPECT_TRUE(std::isnan(made.metrics().information_ratio)) << "itself";
}

TEST(Metrics, Trades) {
    Made made = made_of_returns(std::vector<double>(252, 0.0), 252);
    const double rate = made.options.fee_rate;
    made.backtest.trades = {closed(1, 5, 10, 100, 120, rate), closed(5, 9, 10, 100, 90, rate),
                            closed(20, 20, 10, 100, 101, rate), closed(30, 40, 5, 50, 70, 0)};
    made.backtest.trades[3].fees = rate * (5 * 50);
    made.backtest.trades[3].exit_reason = ExitReason::open;
    for (std::size_t t = 1; t < 9; ++t) made.backtest.position[t] = 10;
    const Metrics metrics = made.metrics();
    EXPECT_EQ(metrics.total_trades, 3);
    EXPECT_EQ(metrics.winning_trades, 2);
    EXPECT_EQ(metrics.losing_trades, 1);
    const double first = 200 - 2.2, second = -100 - 1.9, third = 10 - 2.01;
    EXPECT_NEAR(metrics.win_rate, 2.0 / 3, 1e-15);
    EXPECT_NEAR(metrics.expectancy, (first + second + third) / 3, 1e-12);
    EXPECT_NEAR(metrics.avg_win, (first + third) / 2, 1e-12);
    EXPECT_NEAR(metrics.avg_loss, second, 1e-12);
    EXPECT_NEAR(metrics.profit_factor, (first + third) / -second, 1e-12);
    EXPECT_NEAR(metrics.payoff_ratio, (first + third) / 2 / -second, 1e-12);
    EXPECT_NEAR(metrics.kelly_fraction, 2.0 / 3 - (1.0 / 3) / metrics.payoff_ratio, 1e-12);
    const std::vector<double> profits{first, second, third};
    EXPECT_NEAR(metrics.sqn, std::sqrt(3.0) * mean(profits) / standard_deviation(profits), 1e-12);
    EXPECT_NEAR(metrics.fees_paid, 2.2 + 1.9 + 2.01 + 0.25, 1e-12);
    const double traded = 10 * (100 + 120 + 100 + 90 + 100 + 101) + 5 * 50;
    EXPECT_NEAR(metrics.turnover, traded / 10'000, 1e-12) << "252 returns are one year";
    EXPECT_NEAR(metrics.exposure, 8.0 / 253, 1e-15);
}

TEST(Metrics, TradesOfOneKind) {
    Made made = made_of_returns(std::vector<double>(10, 0.0), 252);
    made.backtest.trades = {closed(1, 2, 1, 100, 110, 0)};
    Metrics metrics = made.metrics();
    EXPECT_EQ(metrics.win_rate, 1);
    EXPECT_EQ(metrics.avg_win, 10);
    for (const char* name : {"profit_factor", "avg_loss", "payoff_ratio", "sqn", "kelly_fraction"})
        EXPECT_TRUE(std::isnan(value_of(metrics, name))) << name;
    made.backtest.trades = {closed(1, 2, 1, 100, 90, 0), closed(3, 4, 1, 100, 90, 0)};
    metrics = made.metrics();
    EXPECT_EQ(metrics.win_rate, 0);
    EXPECT_EQ(metrics.profit_factor, 0);
    for (const char* name : {"avg_win", "payoff_ratio", "sqn", "kelly_fraction"})
        EXPECT_TRUE(std::isnan(value_of(metrics, name))) << name;
    made.backtest.trades = {closed(1, 2, 1, 100, 100, 0)};
    metrics = made.metrics();
    EXPECT_EQ(metrics.total_trades, 1);
    EXPECT_EQ(metrics.winning_trades + metrics.losing_trades, 0) << "a zero is neither won nor lost";
    EXPECT_EQ(metrics.win_rate, 0);
    EXPECT_TRUE(std::isnan(metrics.profit_factor));
    made.backtest.trades.clear();
    metrics = made.metrics();
    for (const std::string& name : trade_columns()) EXPECT_TRUE(std::isnan(value_of(metrics, name))) << name;
}

TEST(Metrics, SlicesPartTheWhole) {
    Random random(8);
    std::vector<double> returns;
    for (int i = 0; i < 400; ++i) returns.push_back(0.04 * (random.uniform() - 0.48));
    Made made = made_of_returns(returns, 252);
    const double rate = made.options.fee_rate;
    for (std::size_t t = 3; t + 9 < 400; t += 9)
        made.backtest.trades.push_back(
            closed(t, t + 5 + random.below(4), 3, 100 + 10 * random.uniform(), 100 + 10 * random.uniform(), rate));
    const Metrics whole = made.metrics();
    double growth = 1, fees = 0;
    std::int64_t trades = 0, bars = 0;
    for (std::size_t first = 0; first < 401;) {
        const std::size_t count = std::min<std::size_t>(401 - first, 1 + random.below(120));
        const Metrics part = compute_metrics(made.backtest, made.bars.view(), made.options, first, count);
        if (first > 0) {
            EXPECT_NEAR(part.total_return,
                        made.backtest.equity[first + count - 1] / made.backtest.equity[first - 1] - 1, 1e-12);
        }
        EXPECT_EQ(part.first_ts, made.bars.ts[first]);
        growth *= 1 + (std::isnan(part.total_return) ? 0 : part.total_return);
        fees += part.fees_paid;
        trades += part.total_trades;
        bars += part.bars;
        first += count;
    }
    EXPECT_NEAR(growth - 1, whole.total_return, 1e-12);
    EXPECT_NEAR(fees, whole.fees_paid, 1e-9);
    EXPECT_EQ(trades, whole.total_trades);
    EXPECT_EQ(bars, whole.bars);
    // A slice of its own is what a backtest with that history would be.
    const Metrics part = compute_metrics(made.backtest, made.bars.view(), made.options, 101, 200);
    const Metrics alone =
        made_of_returns(std::vector<double>(returns.begin() + 100, returns.begin() + 300), 252).metrics();
    for (const char* name : {"total_return", "cagr", "volatility", "sharpe_ratio", "sortino_ratio", "omega_ratio",
                             "max_drawdown", "ulcer_index", "var_95", "cvar_95", "skewness", "kurtosis", "p_value"})
        EXPECT_NEAR(value_of(part, name), value_of(alone, name), 1e-9) << name;
    EXPECT_EQ(part.max_drawdown_bars, alone.max_drawdown_bars);
}

TEST(Metrics, SlicesOutsideAreRefused) {
    const Made made = made_of_returns({0.1, 0.1}, 252);
    EXPECT_THROW(compute_metrics(made.backtest, made.bars.view(), made.options, 0, 4), Error);
    EXPECT_THROW(compute_metrics(made.backtest, made.bars.view(), made.options, 4, 0), Error);
    EXPECT_THROW(compute_metrics(made.backtest, made.bars.view(), made.options, 2, SIZE_MAX), Error);
    EXPECT_THROW(compute_metrics({}, made.bars.view(), made.options), Error);
}

double last_poll, longest_silence;
int polls_left;

TEST(Metrics, StopsWhenAsked) {
    const Made made = made_of_returns(std::vector<double>(1'000, 0.001), 252, std::vector<double>(1'000, 0.002));
    const Control control{.poll = []() noexcept { return --polls_left < 0; }, .threads = 1, .memory_limit = 1};
    for (polls_left = 0;;) {
        const int patience = polls_left;
        try {
            compute_metrics(made.backtest, made.bars.view(), made.options, control);
            EXPECT_GT(patience, 5) << "asked too rarely";
            break;
        } catch (const Error& error) {
            ASSERT_EQ(error.code(), ErrorCode::interrupted);
        }
        polls_left = patience + 1;
    }
}

TEST(Metrics, NeverSilentForLong) {
    constexpr std::size_t count = 5'000'000;
    Backtest result;
    result.equity.resize(count);
    result.position.assign(count, 1);
    Random random(3);
    for (std::size_t t = 0; t < count; ++t) result.equity[t] = 10'000 + 1'000 * random.uniform();
    const std::vector<Timestamp> ts(count);
    BacktestOptions options;
    options.benchmark = result.position;
    const auto work = []() noexcept {  // time that this thread has worked, in ms
        timespec now{};
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
        return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
    };
    static double (*const clock)() noexcept = work;
    longest_silence = 0;
    last_poll = clock();
    const auto listen = []() noexcept {
        const double now = clock();
        longest_silence = std::max(longest_silence, now - last_poll);
        last_poll = now;
        return false;
    };
    const BarsView bars{ts, result.equity, result.equity, result.equity, result.equity, result.equity};
    compute_metrics(result, bars, options, {.poll = listen, .threads = 1, .memory_limit = 1});
    listen();
    EXPECT_LT(longest_silence, test::core_is_watched() ? 1000 : 100);
    std::printf("at most %.1f ms of work between two polls on five million bars\n", longest_silence);
}

TEST(Metrics, Json) {
    const auto json = to_json(made_of_returns({0.1, -0.05, 0.02}, 252).metrics());
    EXPECT_EQ(json.at("first_ts"), "1970-01-01T00:00:00Z");
    EXPECT_EQ(json.at("last_ts"), "1970-01-04T00:00:00Z");
    EXPECT_EQ(json.at("bars"), 4);
    EXPECT_NEAR(json.at("max_drawdown").get<double>(), -0.05, 1e-15);
    EXPECT_TRUE(json.at("win_rate").is_null());
    EXPECT_EQ(json.dump().find("nan"), std::string::npos);
}

// ---- Student's t and the incomplete beta function

TEST(StudentT, ClosedForms) {
    for (const double t : {0.0, 1e-9, 0.1, 0.5, 1.0, 1.7, 2.0, 3.0, 10.0, 1e3, 1e8}) {
        const double cauchy = 1 - 2 / M_PI * std::atan(t);
        const double two = 1 - t / std::sqrt(2 + t * t);
        const double four = 1 - t / std::sqrt(4 + t * t) * (1 + 2 / (4 + t * t));
        if (t < 1e3) {  // the closed forms cancel beyond
            EXPECT_NEAR(student_t_two_sided(t, 1), cauchy, 1e-14 + 1e-12 * cauchy) << t;
            EXPECT_NEAR(student_t_two_sided(t, 2), two, 1e-14 + 1e-12 * two) << t;
            EXPECT_NEAR(student_t_two_sided(t, 4), four, 1e-13) << t;
        }
        EXPECT_EQ(student_t_two_sided(t, 7), student_t_two_sided(-t, 7));
    }
    // Far out, 2 / (pi t) for one degree and 1 / t² for two.
    EXPECT_NEAR(student_t_two_sided(1e8, 1) / (2 / M_PI / 1e8), 1, 1e-12);
    EXPECT_NEAR(student_t_two_sided(1e5, 2) / 1e-10, 1, 1e-9);
    EXPECT_EQ(student_t_two_sided(0, 5), 1);
    EXPECT_TRUE(std::isnan(student_t_two_sided(undefined, 5)));
    EXPECT_TRUE(std::isnan(student_t_two_sided(1, 0)));
}

TEST(StudentT, ManyDegreesAreNormal) {
    for (const double t : {0.5, 1.0, 2.0, 5.0, 20.0, 30.0}) {
        const double normal = std::erfc(t / std::sqrt(2.0));
        // First-order correction of the tail: relative (t⁴ + t²) / (4 v), generously.
        EXPECT_NEAR(student_t_two_sided(t, 1e9) / normal, 1, (t * t * t * t + 10) / 1e9) << t;
    }
    EXPECT_GT(student_t_two_sided(30, 1e6), 0);
    EXPECT_EQ(student_t_two_sided(1e200, 10), 0);
}

TEST(RegularizedBeta, Identities) {
    for (const double a : {0.5, 1.0, 3.0, 20.0, 500.0}) {
        EXPECT_EQ(regularized_beta(0, a, 2), 0);
        EXPECT_EQ(regularized_beta(1, a, 2), 1);
        for (const double x : {0.01, 0.3, 0.5, 0.9, 0.999}) {
            EXPECT_NEAR(regularized_beta(x, a, 1), std::pow(x, a), 1e-13) << a << ' ' << x;
            for (const double b : {0.5, 2.0, 40.0})
                EXPECT_NEAR(regularized_beta(x, a, b) + regularized_beta(1 - x, b, a), 1, 1e-12)
                    << a << ' ' << b << ' ' << x;
        }
    }
}

TEST(Statistics, QuantileAndShortfallEdges) {
    const std::vector<double> one{3}, none, five{5, 1, 4, 2, 3};
    EXPECT_TRUE(std::isnan(quantile(none, 0.5)));
    EXPECT_EQ(quantile(one, 0.05), 3);
    EXPECT_EQ(quantile(five, 0), 1);
    EXPECT_EQ(quantile(five, 1), 5);
    EXPECT_EQ(quantile(five, 0.5), 3);
    EXPECT_NEAR(quantile(five, 0.3), 2.2, 1e-15);
    EXPECT_TRUE(std::isnan(expected_shortfall(none, 0.05)));
    EXPECT_EQ(expected_shortfall(one, 0.05), -3);
    EXPECT_EQ(expected_shortfall(five, 0.3), -1.5) << "floor(4 * 0.3) + 1 = 2 smallest";
}

}  // namespace
}  // namespace evolve::test
