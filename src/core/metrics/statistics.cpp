#include "core/metrics/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/base/large_pages.hpp"

namespace evolve {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

// Sums over blocks are added up with their rounding errors carried along (Knuth's two-sum), and within a block four
// short sums run side by side: fast, and a constant series of any length has its mean to a few units of the last place.
// The order is part of the result: it must not change.
class Sum {
public:
    void add(double value) {
        const double total = total_ + value, added = total - total_;
        carried_ += (total_ - (total - added)) + (value - added);
        total_ = total;
    }
    double value() const { return total_ + carried_; }

private:
    double total_ = 0, carried_ = 0;
};

constexpr std::size_t sum_block = 128;

template <class Term>
double sum_of(std::size_t count, Term&& term) {
    Sum sum;
    std::size_t i = 0;
    for (; i + sum_block <= count; i += sum_block) {
        double lanes[4] = {};
        for (std::size_t k = i; k < i + sum_block; k += 4)
            for (std::size_t lane = 0; lane < 4; ++lane) lanes[lane] += term(k + lane);
        sum.add((lanes[0] + lanes[1]) + (lanes[2] + lanes[3]));
    }
    for (; i < count; ++i) sum.add(term(i));
    return sum.value();
}

double largest(std::span<const double> values) {
    double most = 0;
    for (const double value : values) most = std::max(most, std::fabs(value));
    return most;
}

// A spread that is only the rounding of equal values, or of the quotients (around 1) that returns are made from.
bool is_rounding(double spread, std::span<const double> values) {
    return spread <= std::max(1e-14 * largest(values), 1e-15);
}

// Type 7 of a sorted place: between order[k] and the next, where order[k] is in its place and what follows is not
// smaller.
double interpolate(std::span<const double> order, double position) {
    const auto k = static_cast<std::size_t>(position);
    if (k + 1 >= order.size()) return order[k];
    const double next = *std::min_element(order.begin() + static_cast<std::ptrdiff_t>(k) + 1, order.end());
    return order[k] + (position - static_cast<double>(k)) * (next - order[k]);
}

}  // namespace

double sum(std::span<const double> values) {
    return sum_of(values.size(), [&](std::size_t i) { return values[i]; });
}

double mean(std::span<const double> values) {
    return values.empty() ? nan : sum(values) / static_cast<double>(values.size());
}

Moments moments(std::span<const double> values, bool higher) {
    Moments result{.count = values.size(), .mean = mean(values), .m2 = nan, .m3 = nan, .m4 = nan, .deviation = nan};
    if (values.empty()) return result;
    const double n = static_cast<double>(values.size()), center = result.mean;
    const auto central = [&](auto&& power) {
        return sum_of(values.size(), [&](std::size_t i) { return power(values[i] - center); }) / n;
    };
    result.m2 = central([](double d) { return d * d; });
    if (higher) {
        result.m3 = central([](double d) { return d * d * d; });
        result.m4 = central([](double d) { return d * d * (d * d); });
    }
    if (values.size() < 2) return result;
    const double deviation = std::sqrt(result.m2 * n / (n - 1));
    result.deviation = is_rounding(deviation, values) ? 0 : deviation;
    return result;
}

double standard_deviation(std::span<const double> values) { return moments(values).deviation; }

double skewness_population(const Moments& m) { return m.deviation > 0 ? m.m3 / (m.m2 * std::sqrt(m.m2)) : nan; }

double kurtosis_population(const Moments& m) { return m.deviation > 0 ? m.m4 / (m.m2 * m.m2) : nan; }

double skewness_adjusted(const Moments& m) {
    if (m.count < 3) return nan;
    const double n = static_cast<double>(m.count);
    return skewness_population(m) * std::sqrt(n * (n - 1)) / (n - 2);
}

double excess_kurtosis_adjusted(const Moments& m) {
    if (m.count < 4) return nan;
    const double n = static_cast<double>(m.count);
    return (n - 1) / ((n - 2) * (n - 3)) * ((n + 1) * (kurtosis_population(m) - 3) + 6);
}

double quantile(std::span<const double> values, double probability) {
    if (values.empty()) return nan;
    std::vector<double> order(values.begin(), values.end());
    const double position = static_cast<double>(order.size() - 1) * probability;
    std::nth_element(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(position), order.end());
    return interpolate(order, position);
}

double per_period_rate(double annual, double per_year) {
    return annual == 0 ? 0 : std::pow(1 + annual, 1 / per_year) - 1;
}

double compound(std::span<const double> returns) { return returns.empty() ? nan : wealth(returns).back() - 1; }

double annual_growth(double growth, std::size_t periods, double per_year) {
    if (periods < 2 || std::isnan(growth)) return nan;
    return growth <= 0 ? -1 : std::pow(growth, per_year / static_cast<double>(periods)) - 1;
}

double volatility(const Moments& m, double per_year) { return m.deviation * std::sqrt(per_year); }

double sharpe_ratio(const Moments& m, double risk_free, double per_year) {
    return m.deviation > 0 ? (m.mean - risk_free) / m.deviation * std::sqrt(per_year) : nan;
}

double downside_deviation(std::span<const double> returns, double minimum, double per_year) {
    if (returns.empty()) return nan;
    const double squares = sum_of(returns.size(), [&](std::size_t i) {
        const double below = std::min(returns[i] - minimum, 0.0);
        return below * below;
    });
    const double deviation = std::sqrt(squares / static_cast<double>(returns.size()));
    return is_rounding(deviation, returns) ? 0 : deviation * std::sqrt(per_year);
}

double sortino_ratio(std::span<const double> returns, double minimum, double per_year) {
    const double downside = downside_deviation(returns, minimum, per_year);
    return downside > 0 ? (mean(returns) - minimum) * per_year / downside : nan;
}

double omega_ratio(std::span<const double> returns, double threshold) {
    const double above = sum_of(returns.size(), [&](std::size_t i) { return std::max(returns[i] - threshold, 0.0); });
    const double below = sum_of(returns.size(), [&](std::size_t i) { return std::max(threshold - returns[i], 0.0); });
    return below > 0 ? above / below : nan;
}

Tails tails(std::span<const double> returns, double tail, const Control& control) {
    if (returns.empty()) return {nan, nan, nan};
    LongVector<double> order(returns.begin(), returns.end());
    const double last = static_cast<double>(order.size() - 1), low = last * tail, high = last * (1 - tail);
    const auto low_place = order.begin() + static_cast<std::ptrdiff_t>(low);
    const auto high_place = order.begin() + static_cast<std::ptrdiff_t>(high);
    control.check();
    std::nth_element(order.begin(), low_place, order.end());
    control.check();
    if (high_place > low_place) std::nth_element(low_place + 1, high_place, order.end());
    control.check();
    const double low_quantile = interpolate(order, low), high_quantile = interpolate(order, high);
    control.check();
    std::sort(order.begin(), low_place + 1);  // the order of the sum below must not depend on how nth_element works
    return {.value_at_risk = 0 - low_quantile,
            .expected_shortfall = 0 - mean({order.begin(), low_place + 1}),
            .ratio = low_quantile != 0 ? std::fabs(high_quantile / low_quantile) : nan};
}

double t_statistic(const Moments& m) {
    return m.deviation > 0 ? m.mean / (m.deviation / std::sqrt(static_cast<double>(m.count))) : nan;
}

Regression regress(std::span<const double> returns, std::span<const double> benchmark) {
    if (!(standard_deviation(benchmark) > 0)) return {nan, nan};
    const double mean_r = mean(returns), mean_b = mean(benchmark);
    const double covariance =
        sum_of(returns.size(), [&](std::size_t i) { return (returns[i] - mean_r) * (benchmark[i] - mean_b); });
    const double variance =
        sum_of(returns.size(), [&](std::size_t i) { return (benchmark[i] - mean_b) * (benchmark[i] - mean_b); });
    const double beta = covariance / variance;
    return {mean_r - beta * mean_b, beta};
}

double information_ratio(std::span<const double> returns, std::span<const double> benchmark, double per_year,
                         const Control& control) {
    LongVector<double> active(returns.begin(), returns.end());
    for (std::size_t i = 0; i < active.size(); ++i) active[i] -= benchmark[i];
    control.check();
    // Equal up to rounding counts as equal, so the differences are measured against the returns themselves.
    const Moments m = moments(active);
    return m.deviation > 0 && !is_rounding(m.deviation, returns) ? sharpe_ratio(m, 0, per_year) : nan;
}

Drawdowns drawdowns(double base, std::span<const double> path, const Control& control) {
    Drawdowns result;
    double peak = base, squares_of_block = 0;
    std::size_t peak_at = 0;  // the base is at 0, path[i] at i + 1
    bool below = false;
    Sum squares;
    for (std::size_t i = 0; i < path.size(); ++i) {
        if (i % sum_block == 0) {
            squares.add(squares_of_block);
            squares_of_block = 0;
            if (i % bars_per_poll == 0) control.check();
        }
        if (path[i] >= peak) {
            if (below) result.longest = std::max(result.longest, i + 1 - peak_at);
            below = false;
            peak = path[i];
            peak_at = i + 1;
            continue;
        }
        below = true;
        const double depth = path[i] / peak - 1;
        result.deepest = std::min(result.deepest, depth);
        result.deepest_money = std::max(result.deepest_money, peak - path[i]);
        squares_of_block += depth * depth;
    }
    squares.add(squares_of_block);
    if (below) result.longest = std::max(result.longest, path.size() - peak_at);
    if (!path.empty()) result.mean_square = squares.value() / static_cast<double>(path.size());
    return result;
}

std::vector<double> wealth(std::span<const double> returns, double base) {
    std::vector<double> path;
    path.reserve(returns.size());
    for (const double r : returns) path.push_back(base *= 1 + r);
    return path;
}

}  // namespace evolve
