#include "core/engine/expression.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/base/error.hpp"

namespace evolve {
namespace {

using Kind = Step::Kind;

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

// Where an operand's value of bar `bar` stands; a constant stands still.
const double* at(const Values& values, std::size_t bar) {
    return values.is_constant() ? &values.constant : values.column.data() + (bar - values.lag);
}

void combine(Arithmetic op, const Values& a, const Values& b, std::span<double> out, const Control& control) {
    const std::size_t first = first_bar(a, b, out.size());
    std::fill(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(first), std::numeric_limits<double>::quiet_NaN());
    const std::size_t step_a = a.is_constant() ? 0 : 1, step_b = b.is_constant() ? 0 : 1;
    for (std::size_t begin = first; begin < out.size(); begin += bars_per_poll) {
        control.check();
        const std::size_t count = std::min(out.size() - begin, bars_per_poll);
        kernels().arithmetic(op, at(a, begin), step_a, at(b, begin), step_b, count, out.data() + begin);
    }
}

// The relations of the values of [begin, end), bars of one word.
void compare_part(const Values& a, const Values& b, std::size_t begin, std::size_t end, const RelationBits& out) {
    std::uint64_t greater = 0, less = 0, equal = 0;
    for (std::size_t bar = begin; bar < end; ++bar) {
        const double x = *at(a, bar), y = *at(b, bar);
        const std::uint64_t bit = std::uint64_t{1} << (bar % bits_per_word);
        if (x > y) greater |= bit;
        if (x < y) less |= bit;
        if (x == y) equal |= bit;
    }
    if (out.greater != nullptr) *out.greater = greater;
    if (out.less != nullptr) *out.less = less;
    if (out.greater_equal != nullptr) *out.greater_equal = greater | equal;
    if (out.less_equal != nullptr) *out.less_equal = less | equal;
    if (out.equal != nullptr) *out.equal = equal;
    if (out.not_equal != nullptr) *out.not_equal = greater | less;
}

// The same relations of b to a.
RelationBits turned(const RelationBits& bits) {
    return {bits.less, bits.greater, bits.less_equal, bits.greater_equal, bits.equal, bits.not_equal};
}

}  // namespace

void compute_column(Kind kind, const Values& a, const Values& b, std::span<double> out, const Control& control) {
    const auto one_by_one = [&](auto&& value_of) {
        fill(first_bar(a, b, out.size()), out, control, [&](std::size_t t) { return value_of(*at(a, t)); });
    };
    switch (kind) {
        case Kind::lagged:
            return one_by_one([](double x) { return x; });
        case Kind::negate:
            return one_by_one([](double x) { return -x; });
        case Kind::absolute:
            return one_by_one([](double x) { return std::fabs(x); });
        case Kind::add:
            return combine(Arithmetic::add, a, b, out, control);
        case Kind::subtract:
            return combine(Arithmetic::subtract, a, b, out, control);
        case Kind::multiply:
            return combine(Arithmetic::multiply, a, b, out, control);
        case Kind::divide:
            return combine(Arithmetic::divide, a, b, out, control);
        default:
            throw Error(ErrorCode::internal, "not a numeric step");
    }
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

void compare_columns(const Values& a, const Values& b, std::size_t bars, const RelationBits& out,
                     std::size_t first_word, std::size_t last_word) {
    if (a.is_constant() && !b.is_constant()) return compare_columns(b, a, bars, turned(out), first_word, last_word);
    const std::size_t first = first_bar(a, b, bars);
    // Words all of whose bars exist go through the kernels; those before and after are put together bit by bit.
    const std::size_t first_whole = std::clamp((first + bits_per_word - 1) / bits_per_word, first_word, last_word);
    const std::size_t last_whole =
        a.is_constant() ? first_whole : std::clamp(bars / bits_per_word, first_whole, last_word);
    const auto by_bit = [&](std::size_t word, std::size_t end) {
        for (; word < end; ++word)
            compare_part(a, b, std::max(word * bits_per_word, first), std::min((word + 1) * bits_per_word, bars),
                         out.from(word));
    };
    by_bit(first_word, first_whole);
    if (first_whole < last_whole) {
        const double* values = at(a, first_whole * bits_per_word);
        const std::size_t words = last_whole - first_whole;
        if (b.is_constant())
            kernels().compare_constant(values, b.constant, words, out.from(first_whole));
        else
            kernels().compare(values, at(b, first_whole * bits_per_word), words, out.from(first_whole));
    }
    by_bit(last_whole, last_word);
}

}  // namespace evolve
