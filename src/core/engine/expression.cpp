#include "core/engine/expression.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/base/error.hpp"

namespace evolve {
namespace {

using Kind = Step::Kind;

struct LaggedColumn {
    const double* values;
    std::size_t lag;
    double operator[](std::size_t bar) const { return values[bar - lag]; }
};

struct Constant {
    double value;
    double operator[](std::size_t) const { return value; }
};

// Calls work with each operand as what it is, so that inner loops carry no test of it.
template <class Work>
void with_operands(const Values& a, const Values& b, Work&& work) {
    const LaggedColumn column_a{a.column.data(), a.lag}, column_b{b.column.data(), b.lag};
    const Constant constant_a{a.constant}, constant_b{b.constant};
    if (a.is_constant())
        b.is_constant() ? work(constant_a, constant_b) : work(constant_a, column_b);
    else
        b.is_constant() ? work(column_a, constant_b) : work(column_a, column_b);
}

// The first bar at which both operands exist.
std::size_t first_bar(const Values& a, const Values& b, std::size_t bars) {
    return std::min(bars, std::max(a.is_constant() ? 0 : a.lag, b.is_constant() ? 0 : b.lag));
}

double known(double value) { return std::isfinite(value) ? value : std::numeric_limits<double>::quiet_NaN(); }

template <class Function>
void fill(std::size_t first, std::span<double> out, const Control& control, Function&& value_at) {
    std::fill(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(first), std::numeric_limits<double>::quiet_NaN());
    for (std::size_t begin = first; begin < out.size(); begin += bars_per_poll) {
        control.check();
        const std::size_t end = std::min(out.size(), begin + bars_per_poll);
        for (std::size_t bar = begin; bar < end; ++bar) out[bar] = known(value_at(bar));
    }
}

template <class A, class B>
void compute(Kind kind, A a, B b, std::size_t first, std::span<double> out, const Control& control) {
    switch (kind) {
        case Kind::lagged:
            return fill(first, out, control, [=](std::size_t t) { return a[t]; });
        case Kind::negate:
            return fill(first, out, control, [=](std::size_t t) { return -a[t]; });
        case Kind::absolute:
            return fill(first, out, control, [=](std::size_t t) { return std::fabs(a[t]); });
        case Kind::add:
            return fill(first, out, control, [=](std::size_t t) { return a[t] + b[t]; });
        case Kind::subtract:
            return fill(first, out, control, [=](std::size_t t) { return a[t] - b[t]; });
        case Kind::multiply:
            return fill(first, out, control, [=](std::size_t t) { return a[t] * b[t]; });
        case Kind::divide:
            return fill(first, out, control, [=](std::size_t t) { return a[t] / b[t]; });
        default:
            throw Error(ErrorCode::internal, "not a numeric step");
    }
}

template <class Test>
std::uint64_t compare_word(std::size_t begin, std::size_t end, Test&& test) {
    std::uint64_t word = 0;
    for (std::size_t bar = begin; bar < end; ++bar)
        word |= static_cast<std::uint64_t>(test(bar)) << (bar % bits_per_word);
    return word;
}

// The same for a whole word, eight bars at a time: shifts by constants, and chains that do not wait for each other.
template <class Test>
std::uint64_t compare_full_word(std::size_t begin, Test&& test) {
    const auto bit = [&](std::size_t bar) { return static_cast<std::uint64_t>(test(bar)); };
    std::uint64_t word = 0;
    for (std::size_t i = 0; i < bits_per_word; i += 8) {
        const std::size_t t = begin + i;
        const std::uint64_t low = bit(t) | bit(t + 1) << 1 | bit(t + 2) << 2 | bit(t + 3) << 3;
        const std::uint64_t high = bit(t + 4) | bit(t + 5) << 1 | bit(t + 6) << 2 | bit(t + 7) << 3;
        word |= (low | high << 4) << i;
    }
    return word;
}

template <class Test>
void fill_bits(std::size_t first, std::size_t bars, Bitmap& out, const Control& control, Test&& test) {
    constexpr std::size_t words_per_poll = bars_per_poll / bits_per_word;
    for (std::size_t i = 0; i < out.size(); ++i) {
        if (i % words_per_poll == 0) control.check();
        const std::size_t begin = i * bits_per_word;
        if (begin >= first && begin + bits_per_word <= bars)
            out[i] = compare_full_word(begin, test);
        else
            out[i] = compare_word(std::max(begin, first), std::min(begin + bits_per_word, bars), test);
    }
}

template <class A, class B>
void compare(Kind kind, A a, B b, std::size_t first, std::size_t bars, Bitmap& out, const Control& control) {
    switch (kind) {
        case Kind::greater:
            return fill_bits(first, bars, out, control, [=](std::size_t t) { return a[t] > b[t]; });
        case Kind::greater_equal:
            return fill_bits(first, bars, out, control, [=](std::size_t t) { return a[t] >= b[t]; });
        case Kind::equal:
            return fill_bits(first, bars, out, control, [=](std::size_t t) { return a[t] == b[t]; });
        case Kind::not_equal:  // `!=` would be true on NaN
            return fill_bits(first, bars, out, control, [=](std::size_t t) { return a[t] < b[t] || a[t] > b[t]; });
        default:
            throw Error(ErrorCode::internal, "not a comparison");
    }
}

}  // namespace

void compute_column(Kind kind, const Values& a, const Values& b, std::span<double> out, const Control& control) {
    with_operands(a, b, [&](auto x, auto y) { compute(kind, x, y, first_bar(a, b, out.size()), out, control); });
}

void compute_price_series(PriceSeries series, const BarsView& bars, std::span<double> out, const Control& control) {
    const auto o = bars.open, h = bars.high, l = bars.low, c = bars.close;
    switch (series) {
        case PriceSeries::hl2:
            return fill(0, out, control, [=](std::size_t t) { return (h[t] + l[t]) / 2; });
        case PriceSeries::hlc3:
            return fill(0, out, control, [=](std::size_t t) { return (h[t] + l[t] + c[t]) / 3; });
        case PriceSeries::ohlc4:
            return fill(0, out, control, [=](std::size_t t) { return (o[t] + h[t] + l[t] + c[t]) / 4; });
        default:
            throw Error(ErrorCode::internal, "not a computed series");
    }
}

void compare_columns(Kind kind, const Values& a, const Values& b, std::size_t bars, Bitmap& out,
                     const Control& control) {
    with_operands(a, b, [&](auto x, auto y) { compare(kind, x, y, first_bar(a, b, bars), bars, out, control); });
}

}  // namespace evolve
