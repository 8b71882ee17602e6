#include "core/metrics/lookup.hpp"

#include <algorithm>
#include <cmath>

namespace evolve {
namespace {

constexpr std::size_t holdings_per_poll = 1024;

}  // namespace

// Returns after ruin are 0.
void Lookup::ruin(std::size_t bar) {
    ruined_ = true;
    add_return(-1, sums_.data());
    flat_ += bars_.size() - 1 - bar;
    descent_.value(0);
}

// A holding that is not all of the account in one long: its returns are not those of the closes.
void Lookup::walk(const Holding& holding, std::size_t first) {
    for (std::size_t begin = first; begin < holding.last && !ruined_; begin += bars_per_poll) {
        control_.check();
        const std::size_t end = std::min(holding.last, begin + bars_per_poll);
        Terms part{};
        double sum = 0, square = 0, downside = 0;
        for (std::size_t bar = begin; bar < end; ++bar) {
            const double value = holding.cash + holding.units * bars_.close[bar];
            if (!(value > 0)) {
                ruin(bar);
                break;
            }
            const double r = value / previous_ - 1, below = below_zero(r - risk_free_);
            sum += r;
            square += r * r;
            downside += below * below;
            if (!only_first_) add_return(r, part.data());
            previous_ = value;
            if (needs_descent_) descent_.value(value);
        }
        if (only_first_) part = {sum, square, downside};
        for (std::size_t k = 0; k < width_; ++k) sums_[k] += part[k];
    }
}

void Lookup::pass(const Holding& holding) {
    if (holding.units != 0) in_market_ += holding.last - holding.first;
    if (averages_) average(holding);
    const std::size_t first = std::max<std::size_t>(holding.first, 1);  // the first bar has no return
    if (first >= holding.last || ruined_) return;
    if (holding.units != 0 && !(holding.units > 0 && holding.cash == 0)) return walk(holding, first);
    const double begin = equity(holding, first);
    if (!(begin > 0)) return ruin(first);
    add_return(begin / previous_ - 1, sums_.data());
    previous_ = equity(holding, holding.last - 1);
    if (holding.units == 0) {
        flat_ += holding.last - first - 1;
        if (needs_descent_) descent_.value(begin);
    } else {
        index_.add_terms(first + 1, holding.last, sums_.data());
        if (needs_descent_) descent_.stretch(first, holding.last, holding.units);
    }
}

void Lookup::average(const Holding& holding) {
    equity_sum_ += holding.cash * static_cast<double>(holding.last - holding.first);
    if (holding.units == 0) return;
    Terms part{};
    index_.add_terms(std::max<std::size_t>(holding.first, 1), holding.last, part.data());
    const double closes = part[width_ - 1];  // the last term
    equity_sum_ += holding.units * (holding.first == 0 ? closes + bars_.close[0] : closes);
}

// False when the sums are too close to rounding to say what the figures are.
bool Lookup::measure_returns(Metrics& m) const {
    const double n = static_cast<double>(bars_.size() - 1);
    const double flat = static_cast<double>(flat_), flat_excess = 0 - risk_free_;
    const double mean = total(Term::sum) / n;
    const bool moved = total(Term::square) > 0;
    const double m2 = total(Term::square) / n - mean * mean;
    if (wants(metric_groups().shape | metric_groups().downside)) {
        if (moved && !(m2 > 1e-16 && mean * mean <= 1e3 * m2)) return false;
        const double deviation = n < 2 ? undefined : std::sqrt(m2 * n / (n - 1));
        measure_shape({.count = bars_.size() - 1,
                       .mean = mean,
                       .m2 = m2,
                       .m3 = undefined,
                       .m4 = undefined,
                       .deviation = deviation},
                      options_, wanted_, m);
    }
    if (wants(metric_groups().downside)) {
        const double below = std::min(flat_excess, 0.0);
        const double downside = std::sqrt((total(Term::downside) + flat * (below * below)) / n);
        if (downside > 0 && !(downside > 1e-9 && downside > 1e-12 * std::sqrt(total(Term::square)))) return false;
        if (downside > 0)
            m.sortino_ratio =
                (mean - risk_free_) * options_.periods_per_year / (downside * std::sqrt(options_.periods_per_year));
    }
    if (wants(metric_groups().threshold)) {
        const double above = total(Term::above) + flat * std::max(flat_excess, 0.0);
        const double below = total(Term::below) + flat * std::max(-flat_excess, 0.0);
        if (below > 0) m.omega_ratio = above / below;
    }
    return true;
}

void Lookup::look(std::span<const Holding> holdings, std::span<const Trade> trades) {
    for (std::size_t i = 0; i < holdings.size(); ++i) {
        if (i % holdings_per_poll == 0) control_.check();
        pass(holdings[i]);
    }
    if (!holdings.empty()) latest_ = holdings.back();
    trades_.add(trades);
}

Lookup::Stretch Lookup::stretch(std::size_t first, std::size_t last) const {
    Stretch result{.first = first, .last = last, .first_close = 0, .last_close = 0, .terms = {}, .bounds = {0, 0}};
    if (first == last || !only_first_) return result;
    result.first_close = bars_.close[first];
    result.last_close = bars_.close[last - 1];
    index_.add_terms(first + 1, last, result.terms.data());
    if (needs_descent_) result.bounds = index_.around(first, last);
    return result;
}

// The common sums of the common holdings, which are all of the account in one long, take no more than this; all else
// is made as from a journal.
void Lookup::pass(const Round& round, const RoundTrip& trip, const Stretch& over) {
    const double flat = trip.cash_before, held = trip.units * over.first_close;
    const bool holds = over.first < over.last;
    if (!only_first_ || ruined_ || trip.flat_from == 0 || !(flat > 0) || trip.cash_held != 0 ||
        (holds && !(held > 0))) {
        for (const Holding& holding : holdings_of(round, trip)) pass(holding);
        return trades_.add(trip);
    }
    add_return(flat / previous_ - 1, sums_.data());
    previous_ = flat;
    flat_ += over.first - trip.flat_from - 1;
    if (needs_descent_) descent_.value(flat);
    if (holds) {
        add_return(held / flat - 1, sums_.data());
        for (std::size_t k = 0; k < 3; ++k) sums_[k] += over.terms[k];
        previous_ = trip.units * over.last_close;
        in_market_ += over.last - over.first;
        if (needs_descent_) descent_.stretch(over.first, over.last, trip.units, over.bounds);
    }
    trades_.add(trip);
}

std::optional<Metrics> Lookup::finish() {
    // The fall in money goes on below 0.
    if (ruined_ && wants(metric_groups().drawdown_money)) return std::nullopt;
    const std::size_t count = bars_.size();
    Metrics m;
    m.first_ts = bars_.ts.front();
    m.last_ts = bars_.ts.back();
    m.bars = static_cast<std::int64_t>(count);
    m.final_equity = equity(latest_, count - 1);
    const double growth = ruined_ ? 0 : m.final_equity / options_.initial_capital;
    m.total_return = growth - 1;
    m.cagr = annual_growth(growth, count - 1, options_.periods_per_year);
    if (!measure_returns(m)) return std::nullopt;
    if (needs_descent_) {
        descent_.finish();
        m.max_drawdown = descent_.deepest();
        if (m.max_drawdown < 0) m.calmar_ratio = m.cagr / -m.max_drawdown;
        if (descent_.deepest_money() > 0)
            m.recovery_factor = (m.final_equity - options_.initial_capital) / descent_.deepest_money();
    }
    trades_.measure(equity_sum_ / static_cast<double>(count),
                    static_cast<double>(count - 1) / options_.periods_per_year, wanted_, m);
    m.exposure = static_cast<double>(in_market_) / static_cast<double>(count);
    evolve::finish(wanted_, m);
    return m;
}

}  // namespace evolve
