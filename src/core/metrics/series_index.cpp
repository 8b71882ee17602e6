#include "core/metrics/series_index.hpp"

#include <algorithm>
#include <cmath>

#include "core/metrics/parts.hpp"
#include "core/metrics/statistics.hpp"

namespace evolve {
namespace {

std::array<bool, term_count> needed_terms(MetricSet wanted) {
    const MetricGroups& groups = metric_groups();
    const bool shape = (wanted & (groups.shape | groups.downside)) != 0;
    return {shape,
            shape,
            (wanted & groups.downside) != 0,
            (wanted & groups.threshold) != 0,
            (wanted & groups.threshold) != 0,
            (wanted & groups.turnover) != 0};
}

// One bar more in the sums of its block.
void add_bar(double close, double r, double risk_free, Terms& sums) {
    const Terms terms = terms_of(r, risk_free);
    for (std::size_t term = 0; term + 1 < term_count; ++term) sums[term] += terms[term];
    sums[term_count - 1] += close;
}

}  // namespace

std::size_t SeriesIndex::bytes(std::size_t bars, MetricSet wanted, Sums sums) {
    const auto needed = needed_terms(wanted);
    const auto width = static_cast<std::size_t>(std::count(needed.begin(), needed.end(), true));
    const std::size_t rows = (sums == Sums::kept ? bars : bars / block) * width * sizeof(double);
    return rows + bars / run * (2 * sizeof(double) + sizeof(Node) * 16 / 15);
}

SeriesIndex::SeriesIndex(const BarsView& bars, const BacktestOptions& options, MetricSet wanted, const Control& control,
                         Sums sums)
    : bars_(bars), sums_(sums), risk_free_(per_period_rate(options.risk_free, options.periods_per_year)) {
    const auto needed = needed_terms(wanted);
    for (std::size_t term = 0; term < term_count; ++term)
        if (needed[term]) held_[width_++] = term;
    sum_up(control);
    const MetricGroups& groups = metric_groups();
    if (usable_ && (wanted & (groups.drawdown | groups.drawdown_money)) != 0) build_nodes(control);
}

void SeriesIndex::sum_up(const Control& control) {
    const std::size_t count = bars_.size();
    if (sums_ == Sums::kept) within_.resize(count * width_);
    before_.assign((count / block + 2) * width_, 0.0);
    Terms sums{}, total{}, carried{};
    double previous = count > 0 ? bars_.close[0] : 1;
    usable_ = previous > 0;
    for (std::size_t bar = 0; bar < count && usable_; ++bar) {
        if (bar % block == 0) {
            if (bar % bars_per_poll == 0) control.check();
            for (std::size_t term = 0; term < term_count && bar > 0; ++term) {
                const double with = total[term] + sums[term], added = with - total[term];
                carried[term] += (total[term] - (with - added)) + (sums[term] - added);
                total[term] = with;
            }
            for (std::size_t k = 0; k < width_; ++k)
                before_[bar / block * width_ + k] = total[held_[k]] + carried[held_[k]];
            sums = {};
        }
        const double close = bars_.close[bar], r = close / previous - 1;
        add_bar(close, r, risk_free_, sums);
        if (sums_ == Sums::kept) {
            double* out = within_.data() + bar * width_;
            for (std::size_t k = 0; k < width_; ++k) out[k] = sums[held_[k]];
        }
        usable_ = close > 0 && r * r <= 1e100;  // false on NaN too
        previous = close;
    }
}

const double* SeriesIndex::made_row(std::size_t bar, Terms& scratch) const {
    const std::size_t start = bar / block * block;
    Terms sums{};
    double previous = bars_.close[start == 0 ? 0 : start - 1];
    for (std::size_t i = start; i <= bar; ++i) {
        const double close = bars_.close[i];
        add_bar(close, close / previous - 1, risk_free_, sums);
        previous = close;
    }
    for (std::size_t k = 0; k < width_; ++k) scratch[k] = sums[held_[k]];
    return scratch.data();
}

void SeriesIndex::build_nodes(const Control& control) {
    const auto join = [](const Node& a, const Node& b) {
        return Node{std::min(a.low, b.low), std::max(a.high, b.high),
                    std::min({a.fraction, b.fraction, std::min(b.low / a.high - 1, 0.0)}),
                    std::max({a.money, b.money, a.high - b.low})};
    };
    levels_[0].reserve(bars_.size() / run);
    for (std::size_t begin = 0; begin + run <= bars_.size(); begin += run) {
        if (begin % bars_per_poll == 0) control.check();
        Node node{bars_.close[begin], bars_.close[begin], 0, 0};
        for (std::size_t bar = begin + 1; bar < begin + run; ++bar) {
            const double close = bars_.close[bar];
            node = join(node, {close, close, 0, 0});
        }
        levels_[0].push_back(node);
        lows_.push_back(node.low);
        highs_.push_back(node.high);
    }
    for (std::size_t level = 1; level < level_count; ++level) {
        const std::vector<Node>& below = levels_[level - 1];
        for (std::size_t begin = 0; begin + run <= below.size(); begin += run) {
            Node node = below[begin];
            for (std::size_t i = begin + 1; i < begin + run; ++i) node = join(node, below[i]);
            levels_[level].push_back(node);
        }
    }
}

void SeriesIndex::add_terms(std::size_t first, std::size_t last, double* into) const {
    if (first >= last) return;
    const std::size_t end = last - 1, block_first = first / block, block_end = end / block;
    Terms high_sums, low_sums, block_sums;
    const double* high = row(end, high_sums);
    if (block_first == block_end && first % block != 0) {
        const double* low = row(first - 1, low_sums);
        for (std::size_t k = 0; k < width_; ++k) into[k] += high[k] - low[k];
        return;
    }
    const double* low = first % block == 0 ? nullptr : row(first - 1, low_sums);
    const double* whole = block_first == block_end ? nullptr : row(block_first * block + block - 1, block_sums);
    for (std::size_t k = 0; k < width_; ++k) {
        const double skipped = low == nullptr ? 0 : low[k];
        if (whole == nullptr) {
            into[k] += high[k] - skipped;
            continue;
        }
        const double rest_of_first = whole[k] - skipped;
        const double between = before_[block_end * width_ + k] - before_[(block_first + 1) * width_ + k];
        into[k] += (rest_of_first + between) + high[k];
    }
}

namespace {

// Four at a time, which do not wait for each other.
double lowest_of(const double* values, std::size_t count, double low) {
    double lows[4] = {low, low, low, low};
    std::size_t i = 0;
    for (; i + 4 <= count; i += 4)
        for (std::size_t k = 0; k < 4; ++k) lows[k] = values[i + k] < lows[k] ? values[i + k] : lows[k];
    for (; i < count; ++i) lows[0] = std::min(lows[0], values[i]);
    return std::min(std::min(lows[0], lows[1]), std::min(lows[2], lows[3]));
}

}  // namespace

SeriesIndex::Node SeriesIndex::around(std::size_t first, std::size_t last) const {
    const std::size_t run_first = first / run, run_last = (last + run - 1) / run;
    const std::size_t whole_last = std::min(run_last, lows_.size());
    double low = bars_.close[first], high = low;
    for (std::size_t i = run_first; i < whole_last; ++i) {
        low = std::min(low, lows_[i]);
        high = std::max(high, highs_[i]);
    }
    for (std::size_t bar = std::max(first, whole_last * run); bar < last; ++bar) {
        low = std::min(low, bars_.close[bar]);
        high = std::max(high, bars_.close[bar]);
    }
    return {low, high, 0, 0};
}

double SeriesIndex::lowest(std::size_t first, std::size_t last) const {
    const double* close = bars_.close.data();
    const std::size_t run_first = (first + run - 1) / run, run_last = last / run;
    if (run_first >= run_last) return lowest_of(close + first, last - first, close[first]);
    double low = lowest_of(close + first, run_first * run - first, close[first]);
    low = lowest_of(lows_.data() + run_first, run_last - run_first, low);
    return lowest_of(close + run_last * run, last - run_last * run, low);
}

template <class Visit>
void SeriesIndex::for_each_part(std::size_t first, std::size_t last, Visit&& visit) const {
    std::size_t bar = first;
    while (bar < last) {
        if (bar % run != 0 || bar + run > last) {
            const double close = bars_.close[bar];
            visit(Node{close, close, 0, 0});
            ++bar;
            continue;
        }
        std::size_t level = 0, length = run;
        while (level + 1 < level_count && bar % (length * run) == 0 && bar + length * run <= last) {
            length *= run;
            ++level;
        }
        visit(levels_[level][bar / length]);
        bar += length;
    }
}

void Descent::stretch(std::size_t first, std::size_t last, double units) {
    const SeriesIndex::Node bounds = index_.around(first, last);
    if (units * bounds.high <= peak_) {
        if (units * bounds.low < low_) candidates_.push_back({units * bounds.low, first, last, units});
        return;
    }
    settle();
    index_.for_each_part(first, last, [&](const SeriesIndex::Node& part) {
        // Where the part has a new peak, its lows before that fall from the old one, those after it from itself.
        low_ = std::min(low_, units * part.low);
        if (units * part.high <= peak_) return;
        settle();
        deepest_ = std::min(deepest_, part.fraction);
        deepest_money_ = std::max(deepest_money_, units * part.money);
        peak_ = low_ = units * part.high;
    });
}

void Descent::settle() {
    // The most promising first: it makes most others pointless.
    const auto first = std::min_element(candidates_.begin(), candidates_.end(),
                                        [](const Candidate& a, const Candidate& b) { return a.bound < b.bound; });
    const auto look = [&](const Candidate& one) {
        if (one.bound < low_) low_ = std::min(low_, one.units * index_.lowest(one.first, one.last));
    };
    if (first != candidates_.end()) look(*first);
    for (const Candidate& one : candidates_) look(one);
    candidates_.clear();
    if (low_ < peak_) {
        deepest_ = std::min(deepest_, low_ / peak_ - 1);
        deepest_money_ = std::max(deepest_money_, peak_ - low_);
    }
}

}  // namespace evolve
