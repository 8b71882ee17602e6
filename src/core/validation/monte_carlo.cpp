#include "core/validation/monte_carlo.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/base/json_number.hpp"
#include "core/metrics/statistics.hpp"

namespace evolve {
namespace {

struct Path {
    double growth = 1, peak = 1, deepest = 0;

    void add(double trade_return) {
        growth *= 1 + trade_return;
        peak = std::max(peak, growth);
        deepest = std::min(deepest, growth / peak - 1);
    }
};

struct Outcomes {
    std::vector<double> returns, drawdowns;
};

Outcomes bootstrap(std::span<const double> trades, std::size_t resamples, const Random& random,
                   const Control& control) {
    Draws draws(random);
    const Bound any_trade(trades.size());
    Outcomes outcomes;
    outcomes.returns.reserve(resamples);
    outcomes.drawdowns.reserve(resamples);
    for (std::size_t i = 0; i < resamples; ++i) {
        control.check();
        Path path;
        for (std::size_t k = 0; k < trades.size(); ++k) path.add(trades[draws.below(any_trade)]);
        outcomes.returns.push_back(path.growth - 1);
        outcomes.drawdowns.push_back(path.deepest);
    }
    return outcomes;
}

std::vector<double> permuted_drawdowns(std::span<const double> trades, std::size_t resamples, const Random& random,
                                       const Control& control) {
    std::vector<double> order(trades.begin(), trades.end()), drawdowns;
    drawdowns.reserve(resamples);
    Draws draws(random);
    std::vector<Bound> first;  // first[k - 1]: any of the first k
    for (std::size_t k = 1; k <= order.size(); ++k) first.emplace_back(k);
    for (std::size_t i = 0; i < resamples; ++i) {
        control.check();
        for (std::size_t k = order.size(); k > 1; --k) std::swap(order[k - 1], order[draws.below(first[k - 1])]);
        Path path;
        for (const double trade : order) path.add(trade);
        drawdowns.push_back(path.deepest);
    }
    return drawdowns;
}

double share(const std::vector<double>& values, auto&& condition) {
    const auto count = std::count_if(values.begin(), values.end(), condition);
    return static_cast<double>(count) / static_cast<double>(values.size());
}

}  // namespace

std::vector<double> account_returns(std::span<const Trade> trades, double initial_capital) {
    std::vector<double> returns;
    double account = initial_capital;
    for (const Trade& trade : trades) {
        if (trade.is_open()) continue;
        if (account <= 0) break;
        returns.push_back(std::max(trade.pnl / account, -1.0));
        account += trade.pnl;
    }
    return returns;
}

MonteCarlo monte_carlo(std::span<const double> trade_returns, std::size_t resamples, const Random& random,
                       const Control& control) {
    MonteCarlo result;
    result.trades = trade_returns.size();
    result.resamples = resamples;
    if (trade_returns.size() < 2 || resamples < 2) return result;
    const Outcomes drawn = bootstrap(trade_returns, resamples, random.split(0), control);
    result.mean_return = mean(drawn.returns);
    result.std_return = standard_deviation(drawn.returns);
    result.p05_return = quantile(drawn.returns, 0.05);
    result.p95_return = quantile(drawn.returns, 0.95);
    result.loss_probability = share(drawn.returns, [](double value) { return value < 0; });
    result.mean_max_drawdown = mean(drawn.drawdowns);
    result.p05_max_drawdown = quantile(drawn.drawdowns, 0.05);
    Path observed;
    for (const double trade : trade_returns) observed.add(trade);
    result.observed_max_drawdown = observed.deepest;
    const std::vector<double> permuted = permuted_drawdowns(trade_returns, resamples, random.split(1), control);
    result.permuted_mean_max_drawdown = mean(permuted);
    result.permuted_p05_max_drawdown = quantile(permuted, 0.05);
    // The same product in another order of rounding is still as deep.
    const double limit = observed.deepest + 1e-12;
    result.permuted_share_as_deep = share(permuted, [&](double value) { return value <= limit; });
    return result;
}

nlohmann::json to_json(const MonteCarlo& result) {
    return {{"trades", result.trades},
            {"resamples", result.resamples},
            {"mean_return", json_number(result.mean_return)},
            {"std_return", json_number(result.std_return)},
            {"p05_return", json_number(result.p05_return)},
            {"p95_return", json_number(result.p95_return)},
            {"loss_probability", json_number(result.loss_probability)},
            {"mean_max_drawdown", json_number(result.mean_max_drawdown)},
            {"p05_max_drawdown", json_number(result.p05_max_drawdown)},
            {"observed_max_drawdown", json_number(result.observed_max_drawdown)},
            {"permuted_mean_max_drawdown", json_number(result.permuted_mean_max_drawdown)},
            {"permuted_p05_max_drawdown", json_number(result.permuted_p05_max_drawdown)},
            {"permuted_share_as_deep", json_number(result.permuted_share_as_deep)}};
}

}  // namespace evolve
