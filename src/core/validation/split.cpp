#include "core/validation/split.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "core/base/error.hpp"
#include "core/series/calendar.hpp"

namespace evolve {
namespace {

struct Times {
    Timestamp train_from, test_from, test_to;
};

Range range_between(std::span<const Timestamp> ts, Timestamp from, Timestamp to) {
    const auto begin = std::lower_bound(ts.begin(), ts.end(), from);
    const auto end = std::lower_bound(begin, ts.end(), to);
    return {.first = static_cast<std::size_t>(begin - ts.begin()), .count = static_cast<std::size_t>(end - begin)};
}

std::vector<Times> calendar_windows(Timestamp start, Timestamp end, const WalkForwardPlan& plan) {
    std::vector<Times> windows;
    for (int shift = 0;; shift += plan.months_step) {
        const Times window{.train_from = add_months(start, shift),
                           .test_from = add_months(start, shift + plan.months_in),
                           .test_to = add_months(start, shift + plan.months_in + plan.months_out)};
        const Timestamp lacking = window.test_to - end;
        if (lacking > (window.test_to - window.test_from) / 20) return windows;
        windows.push_back(window);
    }
}

std::vector<Times> scaled_windows(Timestamp start, Timestamp end, const WalkForwardPlan& plan) {
    const int months = plan.months_in + plan.months_out + (plan.min_windows - 1) * plan.months_step;
    const auto at = [&](int month) {
        const double share = static_cast<double>(month) / months;
        return start + static_cast<Timestamp>(std::llround(share * static_cast<double>(end - start)));
    };
    std::vector<Times> windows;
    for (int k = 0; k < plan.min_windows; ++k) {
        const int shift = k * plan.months_step;
        windows.push_back({.train_from = at(shift),
                           .test_from = at(shift + plan.months_in),
                           .test_to = at(shift + plan.months_in + plan.months_out)});
    }
    return windows;
}

}  // namespace

Split train_test_split(std::size_t bars, double train_share) {
    std::size_t train = static_cast<std::size_t>(std::llround(static_cast<double>(bars) * train_share));
    train = std::min(train, bars);
    if (bars >= 2) train = std::clamp<std::size_t>(train, 1, bars - 1);
    return {.train = {.first = 0, .count = train}, .test = {.first = train, .count = bars - train}};
}

Timestamp add_months(Timestamp ts, int months) {
    using namespace std::chrono;
    const std::int64_t date = date_of(ts);
    const year_month_day day{sys_days{days{date}}};
    year_month_day moved = day + std::chrono::months{months};
    if (!moved.ok()) moved = year_month_day{moved.year() / moved.month() / last};
    const auto moved_date = static_cast<std::int64_t>(sys_days{moved}.time_since_epoch().count());
    return moved_date * microseconds_per_day + (ts - date * microseconds_per_day);
}

Timestamp series_end(std::span<const Timestamp> ts, Timeframe timeframe) {
    if (ts.empty()) return 0;
    if (timeframe == Timeframe::mo1) return add_months(ts.back(), 1);
    return ts.back() + seconds(timeframe) * microseconds_per_second;
}

std::vector<Split> walk_forward_windows(std::span<const Timestamp> ts, Timeframe timeframe,
                                        const WalkForwardPlan& plan) {
    if (plan.months_in < 1 || plan.months_out < 1 || plan.months_step < 1 || plan.min_windows < 1) {
        throw Error(ErrorCode::invalid_option, "walk-forward lengths and the number of windows must be at least 1");
    }
    if (ts.empty()) return {};
    const Timestamp end = series_end(ts, timeframe);
    std::vector<Times> windows = calendar_windows(ts.front(), end, plan);
    if (windows.size() < static_cast<std::size_t>(plan.min_windows)) windows = scaled_windows(ts.front(), end, plan);
    std::vector<Split> splits;
    for (const Times& window : windows) {
        const Split split{.train = range_between(ts, window.train_from, window.test_from),
                          .test = range_between(ts, window.test_from, window.test_to)};
        if (split.train.count > 0 && split.test.count > 0) splits.push_back(split);
    }
    return splits;
}

std::vector<Split> time_series_splits(std::size_t bars, std::size_t splits, std::size_t test_size, std::size_t gap,
                                      std::size_t max_train) {
    if (splits == 0) throw Error(ErrorCode::invalid_option, "at least one split is needed");
    const std::size_t size = test_size > 0 ? test_size : bars / (splits + 1);
    if (size == 0 || bars / splits < size || bars - splits * size <= gap) {
        throw Error(ErrorCode::invalid_option, "too few bars (" + std::to_string(bars) + ") for " +
                                                   std::to_string(splits) + " splits with these sizes");
    }
    std::vector<Split> result;
    for (std::size_t k = 0; k < splits; ++k) {
        const std::size_t test_first = bars - (splits - k) * size;
        const std::size_t train_end = test_first - gap;
        const std::size_t train = max_train > 0 ? std::min(max_train, train_end) : train_end;
        result.push_back(
            {.train = {.first = train_end - train, .count = train}, .test = {.first = test_first, .count = size}});
    }
    return result;
}

}  // namespace evolve
