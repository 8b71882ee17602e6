#include "core/metrics/lookup.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <tuple>

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

// Passes holdings like pass(), the common sums of the common ones: flat, or all of the account in one long. Returns how
// many; what comes then is another one. The running figures stay in registers.
std::size_t Lookup::pass_common(std::span<const Holding> holdings) {
    const double* close = bars_.close.data();
    auto [sum, square, downside] = std::array{sums_[0], sums_[1], sums_[2]};
    double previous = previous_;
    std::size_t flat = flat_, in_market = in_market_, done = 0;
    for (; done < holdings.size(); ++done) {
        const auto& [first, last, cash, units] = holdings[done];
        const bool holds = units != 0;
        const double begin = holds ? units * close[first] : cash;
        if (first == 0 || !(begin > 0) || (holds && cash != 0)) break;
        const double r = begin / previous - 1, below = below_zero(r - risk_free_);
        sum += r;
        square += r * r;
        downside += below * below;
        if (!holds) {
            previous = begin;
            flat += last - first - 1;
            if (needs_descent_) descent_.value(begin);
            continue;
        }
        previous = units * close[last - 1];
        in_market += last - first;
        if (const SeriesIndex::Rows rows = index_.rows(first + 1, last); rows.low != nullptr) {
            sum += rows.high[0] - rows.low[0];
            square += rows.high[1] - rows.low[1];
            downside += rows.high[2] - rows.low[2];
        } else {
            Terms sums{sum, square, downside};
            index_.add_terms(first + 1, last, sums.data());
            std::tie(sum, square, downside) = std::tie(sums[0], sums[1], sums[2]);
        }
        if (needs_descent_) descent_.stretch(first, last, units);
    }
    std::tie(sums_[0], sums_[1], sums_[2]) = std::tie(sum, square, downside);
    previous_ = previous;
    flat_ = flat;
    in_market_ = in_market;
    return done;
}

void Lookup::look(std::span<const Holding> holdings, std::span<const Trade> trades) {
    for (std::size_t passed = 0; passed < holdings.size();) {
        control_.check();
        const std::size_t end = std::min(holdings.size(), passed + holdings_per_poll);
        if (only_first_ && !ruined_) passed += pass_common(holdings.subspan(passed, end - passed));
        if (passed < end) pass(holdings[passed++]);
    }
    if (!holdings.empty()) latest_ = holdings.back();
    trades_.add(trades);
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
