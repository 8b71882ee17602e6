#include "core/metrics/metrics.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/base/error.hpp"
#include "core/metrics/parts.hpp"

namespace evolve {
namespace {

// Bars [first, last) of a backtest, last > first.
struct Slice {
    const Backtest& backtest;
    const BarsView& bars;
    const BacktestOptions& options;
    MetricSet wanted;
    const Control& control;  // asked between the readings of the slice, each of which takes some 10 ns a bar at most
    std::size_t first, last;

    bool wants(MetricSet metrics) const { return (wanted & metrics) != 0; }
    double base() const { return first == 0 ? options.initial_capital : backtest.equity[first - 1]; }
    // The whole series has a bar without a return: the first, from whose close on money can be at work.
    std::size_t first_return() const { return std::max<std::size_t>(first, 1); }
    std::span<const double> equity() const { return std::span(backtest.equity).subspan(first, last - first); }
    double years() const {
        return static_cast<double>(last - std::min(last, first_return())) / options.periods_per_year;
    }
};

// The slice's equity as returns see it: after ruin nothing is left. `values` belong to the bars from first_return() on.
struct Path {
    double base = 0;  // 0: ruined before the slice
    LongVector<double> values, returns;
};

Path path_of(const Slice& slice) {
    Path path;
    const auto before = std::span(slice.backtest.equity).first(slice.first);
    bool ruined = std::any_of(before.begin(), before.end(), [](double equity) { return equity <= 0; });
    path.base = ruined ? 0 : slice.base();
    double previous = path.base;
    path.returns.reserve(slice.last - slice.first);
    path.values.reserve(slice.last - slice.first);
    for (std::size_t bar = slice.first_return(); bar < slice.last; ++bar) {
        if (bar % bars_per_poll == 0) slice.control.check();
        const double equity = slice.backtest.equity[bar];
        const bool lost_all = !ruined && equity <= 0;
        path.returns.push_back(lost_all ? -1 : ruined ? 0 : equity / previous - 1);
        ruined = ruined || lost_all;
        previous = ruined ? 0 : equity;
        path.values.push_back(previous);
    }
    return path;
}

void measure_growth(const Slice& slice, const Path& path, Metrics& m) {
    if (path.returns.empty()) return;
    const double growth = path.base > 0 ? path.values.back() / path.base : 1;  // ruined before: nothing more to lose
    m.total_return = growth - 1;
    m.cagr = annual_growth(growth, path.returns.size(), slice.options.periods_per_year);
}

void measure_returns(const Slice& slice, const Path& path, Metrics& m) {
    const MetricGroups& groups = metric_groups();
    const double per_year = slice.options.periods_per_year;
    const double risk_free = per_period_rate(slice.options.risk_free, per_year);
    const std::span<const double> returns = path.returns;
    slice.control.check();
    if (slice.wants(groups.shape))
        measure_shape(moments(returns, slice.wants(groups.higher_moments)), slice.options, slice.wanted, m);
    slice.control.check();
    if (slice.wants(groups.downside)) m.sortino_ratio = sortino_ratio(returns, risk_free, per_year);
    if (slice.wants(groups.threshold)) m.omega_ratio = omega_ratio(returns, risk_free);
    slice.control.check();
    if (!slice.wants(groups.tails)) return;
    const Tails ends = tails(returns, 0.05, slice.control);
    m.var_95 = ends.value_at_risk;
    m.cvar_95 = ends.expected_shortfall;
    m.tail_ratio = ends.ratio;
}

void measure_drawdowns(const Slice& slice, const Path& path, Metrics& m) {
    if (path.returns.empty()) return;
    const MetricGroups& groups = metric_groups();
    if (slice.wants(groups.drawdown | groups.drawdown_path)) {
        const Drawdowns relative = drawdowns(path.base, path.values, slice.control);
        m.max_drawdown = relative.deepest;
        m.max_drawdown_bars = static_cast<std::int64_t>(relative.longest);
        m.ulcer_index = std::sqrt(relative.mean_square);
        if (relative.deepest < 0) m.calmar_ratio = m.cagr / -relative.deepest;
    }
    if (!slice.wants(groups.drawdown_money)) return;
    // In money the account may go below zero: what was lost is what was lost.
    const std::size_t skipped = slice.first_return() - slice.first;
    const Drawdowns money = drawdowns(slice.base(), slice.equity().subspan(skipped), slice.control);
    if (money.deepest_money > 0) m.recovery_factor = (m.final_equity - slice.base()) / money.deepest_money;
}

// Both series' returns on the bars where both are known.
void measure_against_benchmark(const Slice& slice, const Path& path, Metrics& m) {
    const auto benchmark = slice.options.benchmark;
    if (benchmark.empty()) return;
    const double per_year = slice.options.periods_per_year;
    const double risk_free = per_period_rate(slice.options.risk_free, per_year);
    LongVector<double> ours, theirs;
    ours.reserve(path.returns.size());
    theirs.reserve(path.returns.size());
    for (std::size_t i = 0; i < path.returns.size(); ++i) {
        const std::size_t bar = slice.first_return() + i;
        if (bar % bars_per_poll == 0) slice.control.check();
        const double change = benchmark[bar] / benchmark[bar - 1] - 1;
        if (!std::isfinite(change)) continue;
        ours.push_back(path.returns[i] - risk_free);
        theirs.push_back(change - risk_free);
    }
    slice.control.check();
    const Regression line = regress(ours, theirs);
    m.beta = line.beta;
    if (line.alpha > -1) m.alpha = std::pow(1 + line.alpha, per_year) - 1;
    slice.control.check();
    m.information_ratio = information_ratio(ours, theirs, per_year, slice.control);
}

void measure_exposure(const Slice& slice, Metrics& m) {
    const auto held = std::span(slice.backtest.position).subspan(slice.first, slice.last - slice.first);
    const auto in_market = std::count_if(held.begin(), held.end(), [](double units) { return units != 0; });
    m.exposure = static_cast<double>(in_market) / static_cast<double>(held.size());
}

}  // namespace

const MetricGroups& metric_groups() {
    const auto set = [](std::initializer_list<std::string_view> names) {
        return metric_set(std::span(names.begin(), names.size()));
    };
    static const MetricGroups groups{
        .shape = set({"volatility", "sharpe_ratio", "skewness", "kurtosis", "t_stat", "p_value"}),
        .downside = set({"sortino_ratio"}),
        .threshold = set({"omega_ratio"}),
        .tails = set({"var_95", "cvar_95", "tail_ratio"}),
        .drawdown = set({"max_drawdown", "calmar_ratio"}),
        .drawdown_money = set({"recovery_factor"}),
        .drawdown_path = set({"max_drawdown_bars", "ulcer_index"}),
        .turnover = set({"turnover"}),
        .sqn = set({"sqn"}),
        .p_value = set({"p_value"}),
        .higher_moments = set({"skewness", "kurtosis"}),
        .benchmark = set({"alpha", "beta", "information_ratio"}),
    };
    return groups;
}

void measure_shape(const Moments& shape, const BacktestOptions& options, MetricSet wanted, Metrics& m) {
    const double per_year = options.periods_per_year;
    m.volatility = volatility(shape, per_year);
    m.sharpe_ratio = sharpe_ratio(shape, per_period_rate(options.risk_free, per_year), per_year);
    m.skewness = skewness_adjusted(shape);
    m.kurtosis = excess_kurtosis_adjusted(shape);
    m.t_stat = t_statistic(shape);
    if ((wanted & metric_groups().p_value) != 0)
        m.p_value = student_t_two_sided(m.t_stat, static_cast<double>(shape.count) - 1);
}

void TradeTotals::add(std::span<const Trade> trades) {
    std::size_t closed = profits_.size();
    profits_.resize(closed + trades.size());
    for (const Trade& trade : trades) {
        const double entry_fee = options_.fee_rate * (trade.size * trade.entry_price);
        if (holds(trade.entry_bar)) {
            fees_ += trade.is_open() ? trade.fees : entry_fee;
            traded_ += trade.size * trade.entry_price;
        }
        if (trade.is_open() || !holds(trade.exit_bar)) continue;
        fees_ += trade.fees - entry_fee;
        traded_ += trade.size * trade.exit_price;
        profits_[closed++] = trade.pnl;
    }
    profits_.resize(closed);
}

void TradeTotals::measure(double average_equity, double years, MetricSet wanted, Metrics& m) {
    // Whether a trade wins one cannot foresee: all are written to both, and those that belong there are kept.
    std::vector<double>& profits = profits_;
    std::vector<double> wins(profits.size()), losses(profits.size());
    std::size_t winners = 0, losers = 0;
    for (const double profit : profits) {
        wins[winners] = losses[losers] = profit;
        winners += profit > 0 ? 1 : 0;
        losers += profit < 0 ? 1 : 0;
    }
    wins.resize(winners);
    losses.resize(losers);
    const double count = static_cast<double>(profits.size());
    m.total_trades = static_cast<std::int64_t>(profits.size());
    m.winning_trades = static_cast<std::int64_t>(winners);
    m.losing_trades = static_cast<std::int64_t>(losers);
    m.fees_paid = fees_;
    if (average_equity > 0 && years > 0) m.turnover = traded_ / average_equity / years;
    if (profits.empty()) return;
    m.win_rate = static_cast<double>(wins.size()) / count;
    m.expectancy = mean(profits);
    m.avg_win = mean(wins);
    m.avg_loss = mean(losses);
    if (!losses.empty()) m.profit_factor = sum(wins) / -sum(losses);
    m.payoff_ratio = m.avg_win / -m.avg_loss;
    m.kelly_fraction = m.win_rate - (1 - m.win_rate) / m.payoff_ratio;
    if ((wanted & metric_groups().sqn) == 0) return;
    for (double& profit : profits) profit /= options_.initial_capital;  // fractions, as statistics want them
    m.sqn = t_statistic(moments(profits));                              // sqrt(N) · mean / deviation
}

void finish(MetricSet wanted, Metrics& m) {
    for (const MetricField& field : metric_fields())
        if (field.number != nullptr && !std::isfinite(m.*field.number)) m.*field.number = undefined;
    keep_only(wanted, m);
}

Metrics compute_metrics(const Backtest& backtest, BarsView bars, const BacktestOptions& options, std::size_t first,
                        std::size_t count, MetricSet wanted, const Control& control) {
    if (backtest.equity.size() != bars.size() || backtest.position.size() != bars.size() || first > bars.size() ||
        count > bars.size() - first)
        throw Error(ErrorCode::internal, "metrics of bars that the backtest does not have");
    Metrics m;
    if (count == 0) return m;
    const Slice slice{backtest, bars, options, wanted, control, first, first + count};
    m.first_ts = bars.ts[first];
    m.last_ts = bars.ts[first + count - 1];
    m.bars = static_cast<std::int64_t>(count);
    m.final_equity = backtest.equity[first + count - 1];
    const Path path = path_of(slice);
    measure_growth(slice, path, m);
    measure_returns(slice, path, m);
    measure_drawdowns(slice, path, m);
    slice.control.check();
    const double average_equity = slice.wants(metric_groups().turnover) ? mean(slice.equity()) : 0;
    slice.control.check();
    TradeTotals trades(slice.first, slice.last, options);
    trades.add(backtest.trades);
    trades.measure(average_equity, slice.years(), wanted, m);
    measure_exposure(slice, m);
    if (slice.wants(metric_groups().benchmark)) measure_against_benchmark(slice, path, m);
    finish(wanted, m);
    return m;
}

Metrics compute_metrics(const Backtest& backtest, BarsView bars, const BacktestOptions& options, std::size_t first,
                        std::size_t count, const Control& control) {
    return compute_metrics(backtest, bars, options, first, count, every_metric, control);
}

}  // namespace evolve
