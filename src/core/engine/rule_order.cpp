#include "core/engine/rule_order.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <tuple>
#include <utility>

namespace evolve {
namespace {

// Rules that are ordered together: the time to do it grows with the square.
constexpr std::size_t most_rules = 2048;
// Items of the last chunks of many: as many trades are made together.
constexpr std::size_t fewest_of_chunk = 16;

// The outputs of indicators that each item reads, directly or not.
std::vector<std::vector<StepId>> columns_of_items(const Program& program, std::span<const std::vector<StepId>> items,
                                                  const Store& given) {
    std::vector<std::vector<StepId>> result(items.size());
    std::vector<std::uint32_t> seen(program.steps.size(), 0);
    for (std::size_t i = 0; i < items.size(); ++i) {
        std::vector<StepId> open = items[i];
        while (!open.empty()) {
            const StepId id = open.back();
            open.pop_back();
            if (id == no_step || seen[id] == i + 1 || given.holds(id)) continue;
            seen[id] = static_cast<std::uint32_t>(i + 1);
            if (program.steps[id].kind == Step::Kind::output) result[i].push_back(id);
            for (const Operand operand : program.steps[id].args) open.push_back(operand.step);
        }
    }
    return result;
}

// By step, for outputs of indicators: places of their calls in an order by indicator and input, then by arguments.
// Close ones are best made together (Schedule::batches).
std::vector<std::uint32_t> ranks_of_columns(const Program& program) {
    std::map<std::pair<const Indicator*, StepId>, std::size_t> kinds;  // numbered as they come
    std::vector<std::size_t> kind_of;
    for (const Call& call : program.calls)
        kind_of.push_back(kinds.try_emplace({call.indicator, call.input}, kinds.size()).first->second);
    std::vector<std::uint32_t> order(program.calls.size());
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
        return std::tie(kind_of[a], program.calls[a].arguments) < std::tie(kind_of[b], program.calls[b].arguments);
    });
    std::vector<std::uint32_t> result(program.steps.size(), 0);
    for (std::uint32_t rank = 0; rank < order.size(); ++rank)
        for (const StepId output : program.calls[order[rank]].outputs)
            if (output != no_step) result[output] = rank;
    return result;
}

// The items, those whose columns are close after each other.
std::vector<std::uint32_t> items_by_rank(const Program& program, std::span<const std::vector<StepId>> columns) {
    const std::vector<std::uint32_t> rank_of = ranks_of_columns(program);
    std::vector<std::vector<std::uint32_t>> ranks;
    for (const std::vector<StepId>& of_item : columns) {
        ranks.emplace_back();
        for (const StepId column : of_item) ranks.back().push_back(rank_of[column]);
        std::sort(ranks.back().begin(), ranks.back().end());
    }
    std::vector<std::uint32_t> result(columns.size());
    std::iota(result.begin(), result.end(), 0);
    std::stable_sort(result.begin(), result.end(),
                     [&](std::uint32_t a, std::uint32_t b) { return ranks[a] < ranks[b]; });
    return result;
}

class Ordering {
public:
    Ordering(std::vector<std::vector<StepId>> columns, std::size_t steps, std::size_t most_columns)
        : columns_(std::move(columns)),
          readers_(steps),
          held_(steps, 0),
          missing_(columns_.size()),
          done_(columns_.size(), 0),
          most_columns_(most_columns) {
        for (std::uint32_t rule = 0; rule < columns_.size(); ++rule)
            for (const StepId column : columns_[rule]) readers_[column].push_back(rule);
    }

    // Rules [first, last): next is always the one that needs the fewest new columns, of equal ones the first.
    void run(std::uint32_t first, std::uint32_t last, const Control& control, RuleOrder& into) {
        forget(first, last);
        bool begins = true;
        for (std::uint32_t left = last - first; left > 0;) {
            control.check();
            std::uint32_t best = last;
            for (std::uint32_t rule = first; rule < last; ++rule)
                if (done_[rule] == 0 && (best == last || missing_[rule] < missing_[best])) best = rule;
            if (!begins && set_.size() + missing_[best] > most_columns_) {
                forget(first, last);
                begins = true;
                continue;
            }
            take(best);
            into.rules.push_back(best);
            into.begins.push_back(begins ? 1 : 0);
            begins = false;
            --left;
        }
    }

private:
    // Empties the set; what rules [first, last) miss is right afterwards.
    void forget(std::uint32_t first, std::uint32_t last) {
        for (const StepId column : set_) held_[column] = 0;
        set_.clear();
        for (std::uint32_t rule = first; rule < last; ++rule) missing_[rule] = columns_[rule].size();
    }

    void take(std::uint32_t rule) {
        done_[rule] = 1;
        for (const StepId column : columns_[rule]) {
            if (held_[column]++ != 0) continue;
            set_.push_back(column);
            for (const std::uint32_t reader : readers_[column]) --missing_[reader];
        }
    }

    std::vector<std::vector<StepId>> columns_;         // by rule
    std::vector<std::vector<std::uint32_t>> readers_;  // by column
    std::vector<std::uint32_t> held_;                  // by column: whether it is in the set
    std::vector<StepId> set_;
    std::vector<std::size_t> missing_;  // by rule: its columns that are not in the set
    std::vector<std::uint8_t> done_;
    std::size_t most_columns_;
};

// How many columns some item reads.
std::size_t count_columns(std::span<const std::vector<StepId>> columns, std::size_t steps) {
    std::vector<std::uint8_t> seen(steps, 0);
    std::size_t count = 0;
    for (const std::vector<StepId>& of_item : columns)
        for (const StepId column : of_item) count += std::exchange(seen[column], 1) == 0 ? 1 : 0;
    return count;
}

// In the order given, but for items of the same steps, which follow the first of them; such groups are dealt in turns.
std::vector<std::uint32_t> groups_in_turns(std::span<const std::vector<StepId>> items, std::size_t hands) {
    std::map<std::vector<StepId>, std::size_t> groups;  // numbered as they come
    std::vector<std::size_t> group_of;
    for (const std::vector<StepId>& item : items)
        group_of.push_back(groups.try_emplace(item, groups.size()).first->second);
    std::vector<std::uint32_t> order(items.size());
    std::iota(order.begin(), order.end(), 0);
    std::ranges::stable_sort(order, {},
                             [&](std::uint32_t item) { return std::pair(group_of[item] % hands, group_of[item]); });
    return order;
}

}  // namespace

RuleOrder order_items(const Program& program, std::span<const std::vector<StepId>> items, std::size_t most_columns,
                      std::size_t plenty, std::size_t hands, const Store& given, const Control& control) {
    const auto count = static_cast<std::uint32_t>(items.size());
    RuleOrder result;
    const std::vector<std::vector<StepId>> columns = columns_of_items(program, items, given);
    if (count_columns(columns, program.steps.size()) <= plenty) {
        result.rules = groups_in_turns(items, hands);
        result.begins.assign(count, 0);
        return result;
    }
    const std::vector<std::uint32_t> by_rank = items_by_rank(program, columns);
    std::vector<std::vector<StepId>> sorted;
    sorted.reserve(count);
    for (const std::uint32_t item : by_rank) sorted.push_back(columns[item]);
    Ordering ordering(std::move(sorted), program.steps.size(), most_columns);
    for (std::uint32_t first = 0; first < count; first += most_rules)
        ordering.run(first, std::min<std::uint32_t>(count, first + most_rules), control, result);
    for (std::uint32_t& item : result.rules) item = by_rank[item];
    return result;
}

std::vector<Chunk> chunks_of(const RuleOrder& order, std::size_t most, std::size_t threads, bool one_each) {
    std::vector<Chunk> chunks;
    const std::size_t all = order.rules.size(), share = (all + threads - 1) / threads;
    const std::size_t fewest = one_each ? share : std::min(fewest_of_chunk, (share + 3) / 4);
    std::size_t room = 0;  // in the last chunk
    for (std::size_t i = 0; i < all; ++i) {
        if (order.begins[i] != 0 || room == 0) {
            room = threads > 1 ? std::min(most, std::max((all - i) / (4 * threads), fewest)) : most;
            chunks.push_back({i, 0});
        }
        ++chunks.back().count;
        --room;
    }
    return chunks;
}

}  // namespace evolve
