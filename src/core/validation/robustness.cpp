#include "core/validation/robustness.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "core/base/json_number.hpp"
#include "core/metrics/statistics.hpp"
#include "core/validation/monte_carlo.hpp"

namespace evolve {
namespace {

void add_trades(const SeriesRun& series, const RobustnessRules& rules,
                std::array<RegimeResult, regime_count>& regimes) {
    const std::vector<VolatilityRegime> of_bar = volatility_regimes(series.bars.close, rules.volatility_window);
    const std::vector<double> returns = account_returns(series.run.trades, series.options.initial_capital);
    // Closed trades come first and in the same order in both lists.
    for (std::size_t i = 0; i < returns.size(); ++i) {
        const std::size_t entry = series.run.trades[i].entry_bar;
        // The regime that was known when the order was given.
        const VolatilityRegime regime = of_bar[entry == 0 ? 0 : entry - 1];
        if (regime == VolatilityRegime::unknown) continue;
        RegimeResult& result = regimes[static_cast<std::size_t>(regime)];
        ++result.trades;
        result.profit += returns[i];
    }
}

double half_sharpe(std::span<const SeriesRun> runs, bool second, const Control& control) {
    std::vector<Range> ranges;
    for (const SeriesRun& series : runs) {
        const Split halves = train_test_split(series.bars.size(), 0.5);
        ranges.push_back(second ? halves.test : halves.train);
    }
    return pooled_metrics(runs, ranges, control).sharpe_ratio;
}

}  // namespace

std::string_view to_string(VolatilityRegime regime) {
    switch (regime) {
        case VolatilityRegime::calm:
            return "calm";
        case VolatilityRegime::normal:
            return "normal";
        case VolatilityRegime::turbulent:
            return "turbulent";
        case VolatilityRegime::unknown:
            break;
    }
    return "unknown";
}

std::vector<VolatilityRegime> volatility_regimes(std::span<const double> close, std::size_t window) {
    std::vector<VolatilityRegime> regimes(close.size(), VolatilityRegime::unknown);
    if (window < 2 || close.size() <= window) return regimes;
    std::vector<double> changes(close.size(), 0);
    for (std::size_t bar = 1; bar < close.size(); ++bar) {
        const double change = std::log(close[bar] / close[bar - 1]);
        changes[bar] = std::isfinite(change) ? change : 0;
    }
    std::vector<double> deviations;
    deviations.reserve(close.size() - window);
    for (std::size_t bar = window; bar < close.size(); ++bar) {
        deviations.push_back(standard_deviation(std::span(changes).subspan(bar + 1 - window, window)));
    }
    const double low = quantile(deviations, 1.0 / 3), high = quantile(deviations, 2.0 / 3);
    for (std::size_t bar = window; bar < close.size(); ++bar) {
        const double deviation = deviations[bar - window];
        regimes[bar] = deviation <= low    ? VolatilityRegime::calm
                       : deviation <= high ? VolatilityRegime::normal
                                           : VolatilityRegime::turbulent;
    }
    return regimes;
}

double regime_score(std::size_t profitable_regimes, std::size_t min_regimes) {
    if (min_regimes == 0) return 1;
    return std::min(1.0, static_cast<double>(profitable_regimes) / static_cast<double>(min_regimes));
}

double stability_score(double first_half_sharpe, double second_half_sharpe, double full_stability) {
    const double weaker = std::min(first_half_sharpe, second_half_sharpe);
    const double better = std::max(first_half_sharpe, second_half_sharpe);
    if (!std::isfinite(first_half_sharpe) || !std::isfinite(second_half_sharpe) || weaker <= 0) return 0;
    const double ratio = weaker / better;
    return full_stability > 0 ? std::min(1.0, ratio / full_stability) : 1.0;
}

double sensitivity_score(double base_return, std::span<const double> variant_returns) {
    if (!std::isfinite(base_return) || base_return <= 0) return 0;
    if (variant_returns.empty()) return 1;
    double kept = 0;
    for (const double value : variant_returns) {
        if (std::isfinite(value)) kept += std::clamp(value / base_return, 0.0, 1.0);
    }
    return kept / static_cast<double>(variant_returns.size());
}

Robustness robustness_of_runs(std::span<const SeriesRun> runs, const RobustnessRules& rules, const Control& control) {
    Robustness result;
    for (const SeriesRun& series : runs) {
        control.check();
        add_trades(series, rules, result.regimes);
    }
    for (RegimeResult& regime : result.regimes) {
        regime.profitable = regime.trades >= rules.min_trades_per_regime && regime.profit > 0;
        if (regime.profitable) ++result.profitable_regimes;
    }
    result.regime_score = regime_score(result.profitable_regimes, rules.min_regimes);
    result.first_half_sharpe = half_sharpe(runs, false, control);
    result.second_half_sharpe = half_sharpe(runs, true, control);
    result.stability_score = stability_score(result.first_half_sharpe, result.second_half_sharpe, rules.full_stability);
    result.base_return = pooled_metrics(runs, control).total_return;
    return result;
}

void add_sensitivity(Robustness& result, std::span<const double> variant_returns, const RobustnessRules& rules) {
    result.variants = variant_returns.size();
    result.sensitivity_score = sensitivity_score(result.base_return, variant_returns);
    if (!variant_returns.empty()) {
        result.worst_variant_return = *std::min_element(variant_returns.begin(), variant_returns.end());
        result.mean_variant_return = mean(variant_returns);
    }
    const double weights = rules.regime_weight + rules.stability_weight + rules.sensitivity_weight;
    if (weights > 0) {
        result.score = 100 *
                       (rules.regime_weight * result.regime_score + rules.stability_weight * result.stability_score +
                        rules.sensitivity_weight * result.sensitivity_score) /
                       weights;
    }
}

nlohmann::json to_json(const Robustness& result) {
    nlohmann::json regimes = nlohmann::json::object();
    for (std::size_t i = 0; i < regime_count; ++i) {
        const RegimeResult& regime = result.regimes[i];
        regimes[std::string(to_string(static_cast<VolatilityRegime>(i)))] = {
            {"trades", regime.trades}, {"profit", json_number(regime.profit)}, {"profitable", regime.profitable}};
    }
    return {{"score", json_number(result.score)},
            {"regime_score", json_number(result.regime_score)},
            {"stability_score", json_number(result.stability_score)},
            {"sensitivity_score", json_number(result.sensitivity_score)},
            {"regimes", std::move(regimes)},
            {"profitable_regimes", result.profitable_regimes},
            {"first_half_sharpe", json_number(result.first_half_sharpe)},
            {"second_half_sharpe", json_number(result.second_half_sharpe)},
            {"base_return", json_number(result.base_return)},
            {"worst_variant_return", json_number(result.worst_variant_return)},
            {"mean_variant_return", json_number(result.mean_variant_return)},
            {"variants", result.variants}};
}

}  // namespace evolve
