#include "core/metrics/series_index.hpp"

#include <algorithm>
#include <cmath>

#include "core/base/parallel.hpp"
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
    return rows + bars / run * (sizeof(double) + sizeof(Node) * 16 / 15 + sizeof(Bounds) * window_count);
}

SeriesIndex::SeriesIndex(const BarsView& bars, const BacktestOptions& options, MetricSet wanted, const Control& control,
                         Sums sums)
    : bars_(bars), sums_(sums), risk_free_(per_period_rate(options.risk_free, options.periods_per_year)) {
    const auto needed = needed_terms(wanted);
    for (std::size_t term = 0; term < term_count; ++term)
        if (needed[term]) held_[width_++] = term;
    const MetricGroups& groups = metric_groups();
    const bool with_nodes = (wanted & (groups.drawdown | groups.drawdown_money)) != 0;
    const std::size_t count = bars_.size(), blocks = (count + block - 1) / block, nodes = count / run;
    if (sums == Sums::kept) within_ = std::make_unique_for_overwrite<double[]>(count * width_);
    if (with_nodes) {
        for (std::size_t level = 0, of_level = nodes; level < level_count; ++level, of_level /= run)
            levels_[level].resize(of_level);
        lows_.resize(nodes);
        windows_ = std::make_unique_for_overwrite<Bounds[]>(nodes * window_count);
    }
    const bool only_first = holds_common_terms();
    std::vector<BlockSums> of_blocks(blocks);
    constexpr std::size_t together = bars_per_poll / block, nodes_of_part = together * block / run;
    parallel_for((blocks + together - 1) / together, control, [&](std::size_t part) {
        const std::size_t end = std::min(blocks, (part + 1) * together);
        for (std::size_t i = part * together; i < end; ++i) {
            const std::size_t first = i * block, last = std::min(count, first + block);
            of_blocks[i] = only_first ? sum_block<true>(first, last) : sum_block<false>(first, last);
            if (with_nodes) build_lowest(first / run, std::min(nodes, last / run));
        }
        const std::size_t first_node = part * nodes_of_part, last_node = std::min(nodes, first_node + nodes_of_part);
        if (with_nodes) join_nodes(first_node, first_node + nodes_of_part);
        for (std::size_t k = 1; k < window_count && with_nodes; ++k)
            if (last_node >= first_node + (std::size_t{1} << k))
                make_windows(k, first_node, last_node - (std::size_t{1} << k) + 1);
    });
    usable_ = std::ranges::all_of(of_blocks, &BlockSums::usable);
    join_blocks(of_blocks);
    if (!with_nodes) return;
    join_windows(nodes_of_part);
}

// Sums over the returns of bars [first, last), a block: of all terms, or of the first three, as they are held.
template <bool only_first>
SeriesIndex::BlockSums SeriesIndex::sum_block(std::size_t first, std::size_t last) {
    const double *closes = bars_.close.data(), risk_free = risk_free_;
    const std::size_t width = width_;
    Terms sums{};
    bool usable = first > 0 || closes[0] > 0;
    double previous = closes[first == 0 ? 0 : first - 1];
    double* out = sums_ == Sums::kept ? within_.get() + first * width : nullptr;
    for (std::size_t bar = first; bar < last; ++bar) {
        const double close = closes[bar], r = close / previous - 1;
        if constexpr (only_first) {
            const double below = below_zero(r - risk_free);
            sums[0] += r;
            sums[1] += r * r;
            sums[2] += below * below;
        } else {
            add_bar(close, r, risk_free, sums);
        }
        if (out != nullptr) {
            for (std::size_t k = 0; k < (only_first ? 3 : width); ++k) out[k] = sums[only_first ? k : held_[k]];
            out += only_first ? 3 : width;
        }
        const bool fine = close > 0 && r * r <= 1e100;  // false on NaN too
        usable = usable && fine;
        previous = close;
    }
    return {.sums = sums, .usable = usable};
}

// Sums over all blocks before each, with what rounding takes carried along.
void SeriesIndex::join_blocks(std::span<const BlockSums> blocks) {
    before_.assign((bars_.size() / block + 2) * width_, 0.0);
    Terms total{}, carried{};
    for (std::size_t i = 1; i < blocks.size(); ++i) {
        for (std::size_t term = 0; term < term_count; ++term) {
            const double sum = blocks[i - 1].sums[term], with = total[term] + sum, added = with - total[term];
            carried[term] += (total[term] - (with - added)) + (sum - added);
            total[term] = with;
        }
        for (std::size_t k = 0; k < width_; ++k) before_[i * width_ + k] = total[held_[k]] + carried[held_[k]];
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

namespace {

SeriesIndex::Node join(const SeriesIndex::Node& a, const SeriesIndex::Node& b) {
    return {std::min(a.low, b.low), std::max(a.high, b.high),
            std::min({a.fraction, b.fraction, std::min(b.low / a.high - 1, 0.0)}),
            std::max({a.money, b.money, a.high - b.low})};
}

}  // namespace

void SeriesIndex::build_lowest(std::size_t first_node, std::size_t last_node) {
    for (std::size_t i = first_node; i < last_node; ++i) {
        const double* close = bars_.close.data() + i * run;
        double low = close[0], high = low, deepest = 1, money = 0;  // deepest: a close over the highest before it
        for (std::size_t k = 1; k < run; ++k) {
            deepest = std::min(deepest, close[k] / high);
            money = std::max(money, high - close[k]);
            low = std::min(low, close[k]);
            high = std::max(high, close[k]);
        }
        levels_[0][i] = {low, high, deepest - 1, money};
        lows_[i] = low;
        windows_[i] = {low, high};
    }
}

// The nodes of all levels above those of the lowest, which are made; the ends are those of nodes of all levels, or
// beyond the last.
void SeriesIndex::join_nodes(std::size_t first_node, std::size_t last_node) {
    for (std::size_t level = 1; level < level_count; ++level) {
        const std::vector<Node>& below = levels_[level - 1];
        first_node /= run;
        last_node /= run;
        for (std::size_t i = first_node; i < std::min(last_node, levels_[level].size()); ++i) {
            Node node = below[i * run];
            for (std::size_t k = 1; k < run; ++k) node = join(node, below[i * run + k]);
            levels_[level][i] = node;
        }
    }
}

void SeriesIndex::make_windows(std::size_t k, std::size_t first_node, std::size_t last_node) {
    const std::size_t half = std::size_t{1} << (k - 1);
    const Bounds* halves = windows_.get() + (k - 1) * lows_.size();
    Bounds* windows = windows_.get() + k * lows_.size();
    for (std::size_t i = first_node; i < last_node; ++i)
        windows[i] = {std::min(halves[i].low, halves[i + half].low), std::max(halves[i].high, halves[i + half].high)};
}

// Those that reach from one part into the next.
void SeriesIndex::join_windows(std::size_t nodes_of_part) {
    const std::size_t nodes = lows_.size();
    for (std::size_t k = 1; k < window_count && nodes >> k > 0; ++k) {
        const std::size_t reach = (std::size_t{1} << k) - 1, last = nodes - reach;
        for (std::size_t end = nodes_of_part; end < nodes; end += nodes_of_part)
            make_windows(k, end - reach, std::min(end, last));
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

// The same for a stretch that is longer than two windows, or reaches beyond the last whole run.
SeriesIndex::Bounds SeriesIndex::far_around(std::size_t first, std::size_t last) const {
    const std::size_t run_first = first / run, run_last = (last + run - 1) / run;
    const std::size_t whole_last = std::min(run_last, lows_.size());
    double low = bars_.close[first], high = low;
    for (std::size_t i = run_first; i < whole_last; ++i) {
        low = std::min(low, windows_[i].low);
        high = std::max(high, windows_[i].high);
    }
    for (std::size_t bar = std::max(first, whole_last * run); bar < last; ++bar) {
        low = std::min(low, bars_.close[bar]);
        high = std::max(high, bars_.close[bar]);
    }
    return {low, high};
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

// A stretch that may hold a new peak.
void Descent::rise(std::size_t first, std::size_t last, double units) {
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

// Forgets stretches that lower values have made pointless since; more memory only when most are left.
void Descent::make_room() {
    const auto kept =
        std::remove_if(candidates_.begin(), candidates_.end(), [&](const Candidate& one) { return one.bound >= low_; });
    held_ = static_cast<std::size_t>(kept - candidates_.begin());
    if (held_ > candidates_.size() / 2) candidates_.resize(2 * candidates_.size());
}

void Descent::settle() {
    // The most promising first: it makes most others pointless.
    const std::span<const Candidate> candidates = std::span(candidates_).first(held_);
    const auto first = std::min_element(candidates.begin(), candidates.end(),
                                        [](const Candidate& a, const Candidate& b) { return a.bound < b.bound; });
    const auto look = [&](const Candidate& one) {
        if (one.bound < low_) low_ = std::min(low_, one.units * index_.lowest(one.first, one.last));
    };
    if (first != candidates.end()) look(*first);
    for (const Candidate& one : candidates) look(one);
    held_ = 0;
    if (low_ < peak_) {
        deepest_ = std::min(deepest_, low_ / peak_ - 1);
        deepest_money_ = std::max(deepest_money_, peak_ - low_);
    }
}

}  // namespace evolve
