// Plain functions of per-period simple returns r_1 … r_n. Formulas, units and edge cases: docs/metrics.md.
// NaN means undefined. `per_year` is the number of periods in a year; rates (risk-free, minimum acceptable, threshold)
// are per period. Every reduction has one fixed order.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "core/base/control.hpp"

namespace evolve {

double sum(std::span<const double> values);
double mean(std::span<const double> values);

// What most of the figures below are made from, by one reading.
struct Moments {
    std::size_t count = 0;
    double mean, m2, m3, m4;  // central, divided by n; count 0: undefined
    // Sample (n - 1); exactly 0 when it is no more than rounding: <= 1e-14 · max |x|, or <= 1e-15, since a return is a
    // quotient around 1, less 1. n < 2: undefined.
    double deviation;
};
// Without `higher`, m3 and m4 are not made and stay undefined.
Moments moments(std::span<const double> values, bool higher = true);

double standard_deviation(std::span<const double> values);  // moments().deviation

// Standardised moments. Undefined for deviation 0.
double skewness_population(const Moments& moments);       // m3 / m2^1.5
double kurtosis_population(const Moments& moments);       // m4 / m2², normal 3
double skewness_adjusted(const Moments& moments);         // G1, as Excel and pandas; n >= 3
double excess_kurtosis_adjusted(const Moments& moments);  // G2, as Excel and pandas; normal 0; n >= 4

// Linear interpolation between order statistics (Hyndman and Fan's type 7); probability in [0, 1].
double quantile(std::span<const double> values, double probability);

// (1 + annual)^(1 / per_year) - 1
double per_period_rate(double annual, double per_year);

double compound(std::span<const double> returns);  // Π(1 + r) - 1; no returns: undefined
// growth^(per_year / periods) - 1, growth = final / first value; at or below 0: -1. Fewer than 2 periods: undefined.
double annual_growth(double growth, std::size_t periods, double per_year);
double volatility(const Moments& moments, double per_year);
double sharpe_ratio(const Moments& moments, double risk_free, double per_year);
// sqrt(Σ min(r - minimum, 0)² / n) · sqrt(per_year); n counts all periods.
double downside_deviation(std::span<const double> returns, double minimum, double per_year);
double sortino_ratio(std::span<const double> returns, double minimum, double per_year);
double omega_ratio(std::span<const double> returns, double threshold);

// Both ends of the distribution; tail: 0.05 for 95 %. No returns: undefined.
struct Tails {
    double value_at_risk;       // -quantile(tail): a positive number is a loss
    double expected_shortfall;  // minus the mean of the floor((n - 1) tail) + 1 smallest
    double ratio;               // |quantile(1 - tail)| / |quantile(tail)|; 0 below: undefined
};
// Asks `control` between its steps: selecting takes longer than anything else here. Throws Error(interrupted).
Tails tails(std::span<const double> returns, double tail, const Control& control = {});

// Mean over its standard error; n < 2 or deviation 0: undefined.
double t_statistic(const Moments& moments);
// P(|T| >= |t|) of Student's distribution.
double student_t_two_sided(double t, double degrees_of_freedom);
// I_x(a, b), the regularised incomplete beta function; a, b > 0, x in [0, 1].
double regularized_beta(double x, double a, double b);

struct Regression {
    double alpha, beta;  // r = alpha + beta · b, alpha per period
};
// Of returns on benchmark returns of the same length; deviation 0 of the benchmark, n < 2: undefined.
Regression regress(std::span<const double> returns, std::span<const double> benchmark);
// mean(r - b) / sd(r - b) · sqrt(per_year)
double information_ratio(std::span<const double> returns, std::span<const double> benchmark, double per_year,
                         const Control& control = {});

// What an equity path goes through, from its base on. Depths are fractions of the running peak, at most 0.
struct Drawdowns {
    double deepest = 0;        // fraction, <= 0
    double deepest_money = 0;  // largest fall from a peak, >= 0
    double mean_square = 0;    // of the depth at each value, the base left out
    std::size_t longest = 0;   // periods from a peak to its recovery, or to the end
};
Drawdowns drawdowns(double base, std::span<const double> path, const Control& control = {});
// base · (1 + r_1) … cumulated.
std::vector<double> wealth(std::span<const double> returns, double base = 1);

// The same straight from returns, where only one figure is wanted.
inline double skewness_population(std::span<const double> x) { return skewness_population(moments(x)); }
inline double kurtosis_population(std::span<const double> x) { return kurtosis_population(moments(x)); }
inline double skewness_adjusted(std::span<const double> x) { return skewness_adjusted(moments(x)); }
inline double excess_kurtosis_adjusted(std::span<const double> x) { return excess_kurtosis_adjusted(moments(x)); }
inline double t_statistic(std::span<const double> x) { return t_statistic(moments(x)); }
inline double volatility(std::span<const double> x, double per_year) { return volatility(moments(x), per_year); }
inline double sharpe_ratio(std::span<const double> x, double risk_free, double per_year) {
    return sharpe_ratio(moments(x), risk_free, per_year);
}
inline double value_at_risk(std::span<const double> x, double tail) { return tails(x, tail).value_at_risk; }
inline double expected_shortfall(std::span<const double> x, double tail) { return tails(x, tail).expected_shortfall; }
inline double tail_ratio(std::span<const double> x) { return tails(x, 0.05).ratio; }

}  // namespace evolve
