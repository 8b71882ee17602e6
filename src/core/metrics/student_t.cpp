// Student's distribution by the incomplete beta function, in our own arithmetic (std::lgamma writes a global).
#include <cmath>
#include <limits>
#include <utility>

#include "core/metrics/statistics.hpp"

namespace evolve {
namespace {

// From here on eight terms of Stirling's series are exact to a double.
constexpr double stirling_from = 15;

// ln Γ(x) - ((x - 1/2) ln x - x + ln sqrt(2π)), x >= stirling_from (Abramowitz and Stegun 6.1.40).
double stirling_rest(double x) {
    constexpr double terms[] = {1.0 / 12,   -1.0 / 360,      1.0 / 1260, -1.0 / 1680,
                                1.0 / 1188, -691.0 / 360360, 1.0 / 156,  -3617.0 / 122400};
    const double square = 1 / (x * x);
    double rest = 0;
    for (std::size_t i = std::size(terms); i-- > 0;) rest = terms[i] + square * rest;
    return rest / x;
}

double log_gamma(double x) {
    double shift = 0;
    for (; x < stirling_from; ++x) shift += std::log(x);
    constexpr double half_log_two_pi = 0.918938533204672741780329736406;
    return (x - 0.5) * std::log(x) - x + half_log_two_pi + stirling_rest(x) - shift;
}

// ln Γ(a + b) - ln Γ(a), without subtracting two large numbers when a is large.
double log_gamma_step(double a, double b) {
    if (a < stirling_from) return log_gamma(a + b) - log_gamma(a);
    return (a - 0.5) * std::log1p(b / a) + b * (std::log(a + b) - 1) + stirling_rest(a + b) - stirling_rest(a);
}

// The continued fraction of the incomplete beta function (Abramowitz and Stegun 26.5.8), by Lentz's method as modified
// by Thompson and Barnett. Converges in O(sqrt(max(a, b))) rounds for x < (a + 1) / (a + b + 2).
double beta_fraction(double x, double a, double b) {
    constexpr double tiny = 1e-300;
    const auto away_from_zero = [](double value) { return std::fabs(value) < tiny ? tiny : value; };
    double c = 1, d = 1 / away_from_zero(1 - (a + b) * x / (a + 1)), value = d;
    for (int i = 1; i <= 100'000; ++i) {
        const double m = i;
        const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
        d = 1 / away_from_zero(1 + even * d);
        c = away_from_zero(1 + even / c);
        value *= d * c;
        const double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
        d = 1 / away_from_zero(1 + odd * d);
        c = away_from_zero(1 + odd / c);
        const double factor = d * c;
        value *= factor;
        if (std::fabs(factor - 1) < 1e-16) break;
    }
    return value;
}

// I_x(a, b) with y = 1 - x given exactly: next to 1 the digits are all in y.
double beta_of_pair(double x, double y, double a, double b) {
    if (x <= 0) return 0;
    if (y <= 0) return 1;
    const double log_x = y < 0.5 ? std::log1p(-y) : std::log(x), log_y = x < 0.5 ? std::log1p(-x) : std::log(y);
    const double large = a > b ? a : b, small = a > b ? b : a;
    const double front = std::exp(log_gamma_step(large, small) - log_gamma(small) + a * log_x + b * log_y);
    if (x < (a + 1) / (a + b + 2)) return front * beta_fraction(x, a, b) / a;
    return 1 - front * beta_fraction(y, b, a) / b;
}

}  // namespace

double regularized_beta(double x, double a, double b) { return beta_of_pair(x, 1 - x, a, b); }

double student_t_two_sided(double t, double degrees_of_freedom) {
    if (std::isnan(t) || !(degrees_of_freedom > 0)) return std::numeric_limits<double>::quiet_NaN();
    const double v = degrees_of_freedom, square = t * t;
    if (std::isinf(square)) return 0;
    return beta_of_pair(v / (v + square), square / (v + square), v / 2, 0.5);  // I_{v/(v+t²)}(v/2, 1/2)
}

}  // namespace evolve
