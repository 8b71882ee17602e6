// The metrics by name: one table that SQL columns, JSON keys and documentation share.
#include <algorithm>
#include <cmath>
#include <iterator>
#include <nlohmann/json.hpp>

#include "core/base/error.hpp"
#include "core/metrics/parts.hpp"
#include "core/series/timestamp.hpp"

namespace evolve {
namespace {

constexpr MetricField number(std::string_view name, std::string_view unit, double Metrics::*member) {
    return {.name = name, .unit = unit, .number = member, .count = nullptr};
}
constexpr MetricField count(std::string_view name, std::string_view unit, std::int64_t Metrics::*member) {
    return {.name = name, .unit = unit, .number = nullptr, .count = member};
}

constexpr MetricField fields[] = {
    count("first_ts", "timestamp", &Metrics::first_ts),
    count("last_ts", "timestamp", &Metrics::last_ts),
    count("bars", "bars", &Metrics::bars),
    number("final_equity", "money", &Metrics::final_equity),
    number("total_return", "fraction", &Metrics::total_return),
    number("cagr", "fraction", &Metrics::cagr),
    number("volatility", "fraction", &Metrics::volatility),
    number("sharpe_ratio", "ratio", &Metrics::sharpe_ratio),
    number("sortino_ratio", "ratio", &Metrics::sortino_ratio),
    number("calmar_ratio", "ratio", &Metrics::calmar_ratio),
    number("omega_ratio", "ratio", &Metrics::omega_ratio),
    number("max_drawdown", "fraction", &Metrics::max_drawdown),
    count("max_drawdown_bars", "bars", &Metrics::max_drawdown_bars),
    number("ulcer_index", "fraction", &Metrics::ulcer_index),
    count("total_trades", "count", &Metrics::total_trades),
    count("winning_trades", "count", &Metrics::winning_trades),
    count("losing_trades", "count", &Metrics::losing_trades),
    number("win_rate", "fraction", &Metrics::win_rate),
    number("profit_factor", "ratio", &Metrics::profit_factor),
    number("expectancy", "money", &Metrics::expectancy),
    number("avg_win", "money", &Metrics::avg_win),
    number("avg_loss", "money", &Metrics::avg_loss),
    number("payoff_ratio", "ratio", &Metrics::payoff_ratio),
    number("sqn", "ratio", &Metrics::sqn),
    number("kelly_fraction", "fraction", &Metrics::kelly_fraction),
    number("var_95", "fraction", &Metrics::var_95),
    number("cvar_95", "fraction", &Metrics::cvar_95),
    number("tail_ratio", "ratio", &Metrics::tail_ratio),
    number("skewness", "ratio", &Metrics::skewness),
    number("kurtosis", "ratio", &Metrics::kurtosis),
    number("t_stat", "ratio", &Metrics::t_stat),
    number("p_value", "probability", &Metrics::p_value),
    number("recovery_factor", "ratio", &Metrics::recovery_factor),
    number("exposure", "fraction", &Metrics::exposure),
    number("turnover", "1/year", &Metrics::turnover),
    number("fees_paid", "money", &Metrics::fees_paid),
    number("alpha", "fraction", &Metrics::alpha),
    number("beta", "ratio", &Metrics::beta),
    number("information_ratio", "ratio", &Metrics::information_ratio),
};

}  // namespace

std::span<const MetricField> metric_fields() { return fields; }

MetricSet metric_set(std::span<const std::string_view> names) {
    MetricSet result = 0;
    for (const std::string_view name : names) {
        const auto* place = std::find_if(std::begin(fields), std::end(fields),
                                         [name](const MetricField& field) { return field.name == name; });
        if (place == std::end(fields))
            throw Error(ErrorCode::unknown_name, "unknown metric \"" + std::string(name) + "\"", {},
                        "The metrics are the columns that evolve_backtest returns.");
        result |= MetricSet{1} << (place - std::begin(fields));
    }
    return result;
}

MetricSet basic_metrics() {
    static constexpr std::string_view names[] = {"final_equity",  "total_return",   "cagr",          "volatility",
                                                 "sharpe_ratio",  "sortino_ratio",  "calmar_ratio",  "max_drawdown",
                                                 "total_trades",  "winning_trades", "losing_trades", "win_rate",
                                                 "profit_factor", "expectancy",     "avg_win",       "avg_loss",
                                                 "payoff_ratio",  "exposure",       "fees_paid"};
    return metric_set(names);
}

void keep_only(MetricSet wanted, Metrics& metrics) {
    for (std::size_t i = 0; i < std::size(fields); ++i) {
        if ((wanted >> i & 1) != 0 || fields[i].unit == "timestamp" || fields[i].name == "bars") continue;
        if (fields[i].number != nullptr)
            metrics.*fields[i].number = undefined;
        else
            metrics.*fields[i].count = 0;
    }
}

nlohmann::json to_json(const Metrics& metrics) {
    nlohmann::json result = nlohmann::json::object();
    for (const MetricField& field : fields) {
        nlohmann::json& value = result[std::string(field.name)];
        if (field.unit == "timestamp") {
            if (metrics.bars > 0) value = format_timestamp(metrics.*field.count);
        } else if (field.count != nullptr) {
            value = metrics.*field.count;
        } else if (std::isfinite(metrics.*field.number)) {
            value = metrics.*field.number;
        }
    }
    return result;
}

}  // namespace evolve
