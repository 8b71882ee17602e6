// What the tests of the metrics share: backtests made of returns, numbers of the golden JSON files, and a tally of
// which columns were held against which oracle.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/metrics/metrics.hpp"
#include "core/metrics/statistics.hpp"
#include "support/golden_csv.hpp"

namespace evolve::test {

// Daily bars with these closes.
inline Bars bars_of_closes(std::span<const double> closes) {
    Bars bars;
    for (std::size_t t = 0; t < closes.size(); ++t)
        bars.push_back(
            {static_cast<Timestamp>(t) * microseconds_per_day, closes[t], closes[t], closes[t], closes[t], 1});
    return bars;
}

// A backtest whose returns are the given ones: one bar more than returns, initial capital on the first.
struct Made {
    Bars bars;
    Backtest backtest;
    BacktestOptions options;
    LongVector<double> benchmark;

    Metrics metrics() const {
        BacktestOptions with = options;
        with.benchmark = benchmark;
        return compute_metrics(backtest, bars.view(), with);
    }
};

inline Made made_of_returns(const std::vector<double>& returns, double per_year,
                            const std::vector<double>& benchmark = {}) {
    Made made;
    made.options.periods_per_year = per_year;
    const double capital = made.options.initial_capital;
    const auto path = [capital](const std::vector<double>& changes) {
        LongVector<double> values{capital};
        for (const double value : wealth(changes, capital)) values.push_back(value);
        return values;
    };
    made.backtest.equity = path(returns);
    made.backtest.position.assign(made.backtest.equity.size(), 0);
    made.bars = bars_of_closes(made.backtest.equity);
    if (!benchmark.empty()) made.benchmark = path(benchmark);
    return made;
}

inline std::vector<double> changes_of(std::span<const double> prices) {
    std::vector<double> result;
    for (std::size_t t = 1; t < prices.size(); ++t) result.push_back(prices[t] / prices[t - 1] - 1);
    return result;
}

inline nlohmann::json golden_metrics(const std::string& file) {
    return nlohmann::json::parse(read_text(golden_dir() / "metrics" / file));
}

// A number of the golden files; "NaN" and "Infinity" are both what we call undefined.
inline double golden_number(const nlohmann::json& value) { return value.is_number() ? value.get<double>() : undefined; }

class Tally {
public:
    static Tally& get() {
        static Tally tally;
        return tally;
    }
    // Counts and checks one comparison of a column with an oracle; both undefined counts as equal.
    void check(const std::string& column, double actual, double expected, double relative, const std::string& oracle,
               double absolute = 1e-12) {
        const bool equal = std::isnan(expected)
                               ? std::isnan(actual)
                               : std::fabs(actual - expected) <= relative * std::fabs(expected) + absolute;
        EXPECT_TRUE(equal) << column << " against " << oracle << ": " << actual << ", expected " << expected;
        auto& [passed, total] = counts_[column];
        passed += equal;
        ++total;
    }
    const std::map<std::string, std::pair<int, int>>& counts() const { return counts_; }

private:
    std::map<std::string, std::pair<int, int>> counts_;
};

inline double value_of(const Metrics& metrics, std::string_view name) {
    for (const MetricField& field : metric_fields())
        if (field.name == name) return field.number ? metrics.*field.number : static_cast<double>(metrics.*field.count);
    throw std::runtime_error("no metric " + std::string(name));
}

}  // namespace evolve::test
